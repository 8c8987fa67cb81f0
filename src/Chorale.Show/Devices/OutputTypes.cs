using System.Text.Json.Serialization;
using Chorale.Protocol;

namespace Chorale.Show.Devices;

/// <summary>What is known of an output.</summary>
[JsonConverter(typeof(SnakeCaseEnum<OutputState>))]
internal enum OutputState
{
    /// <summary>Nothing was sent, or nothing can be said: its node was away, or a STOP went unconfirmed.</summary>
    Unknown,

    /// <summary>Sent; the answer is awaited.</summary>
    Pending,
    Confirmed,
    Refused,
    TimedOut,
    Ambiguous,
    Contradicted,
    LostLink,
    Cancelled,

    /// <summary>There was no broker: nothing was sent.</summary>
    Simulated,

    /// <summary>Its node is gone: whatever was confirmed no longer counts.</summary>
    Stale,

    /// <summary>Sent to a device that gives no answers.</summary>
    Unconfirmable,
}

/// <summary>Who wanted it so.</summary>
[JsonConverter(typeof(SnakeCaseEnum<OutputSource>))]
internal enum OutputSource
{
    None,
    Scene,
    Manual,
    Stop,

    /// <summary>It went off by itself.</summary>
    AutoOff,

    /// <summary>Sent again after its node came back.</summary>
    Reapplied,
}

/// <param name="DesiredWord">The last command.</param>
/// <param name="Desired">On or off; null: its words say neither.</param>
/// <param name="Confirmed">Null: not known.</param>
/// <param name="Since">Of its state, on the room's clock.</param>
/// <param name="Differs">What is wanted is not what is confirmed, and nothing is under way.</param>
internal sealed record OutputView(
    string Topic, string? Title, NodeClass Class, IReadOnlyList<string> Words, string? DesiredWord, bool? Desired, bool? Confirmed, OutputState State, OutputSource Source,
    TimeSpan Since, bool IsStale, string? Node, bool Differs, char? MotorDirection, int? MotorSpeed);

/// <summary>An output whose wanted state is not known to be its real one.</summary>
/// <param name="Payload">What to send to bring it there from being off.</param>
internal sealed record OutputDifference(string Topic, string Payload, bool Desired, bool? Confirmed, string Node);
