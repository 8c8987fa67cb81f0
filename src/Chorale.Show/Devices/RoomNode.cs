using System.Text.Json.Serialization;
using Chorale.Protocol;
using Chorale.Show.Feedback;

namespace Chorale.Show.Devices;

/// <summary>What a node is.</summary>
[JsonConverter(typeof(SnakeCaseEnum<NodeClass>))]
internal enum NodeClass
{
    /// <summary>Nobody said.</summary>
    Other,

    /// <summary>ON and OFF; payloads under 32 bytes, longer ones it drops silently.</summary>
    Relay,

    /// <summary>ON:speed:direction, SPEED, DIR; payloads under 64 bytes.</summary>
    Motor,

    /// <summary>Speaks, and takes no commands.</summary>
    Button,

    /// <summary>Sound and video: no feedback.</summary>
    Player,
}

/// <summary>One node of a room as its file describes it.</summary>
/// <param name="Id">As in <c>devices/&lt;id&gt;/status</c>.</param>
/// <param name="Topics">Filters of the command topics it obeys, whole.</param>
/// <param name="Momentary">Outputs that go off by themselves, and after how long.</param>
/// <param name="PayloadBytesMax">The longest payload it takes.</param>
/// <param name="Refresh">It is sent a command at least this often while an output of it is on; null: never.</param>
/// <param name="Line">Of the file.</param>
internal sealed record RoomNode(
    string Id, NodeClass Class, IReadOnlyList<string> Topics, FeedbackRule Rule, IReadOnlyDictionary<string, TimeSpan> Momentary, int PayloadBytesMax, TimeSpan? Refresh, int Line)
{
    /// <summary>Under 32 and under 64 bytes, by the firmware's buffers.</summary>
    public const int RelayBytesMax = 31, MotorBytesMax = 63;

    /// <summary>A third of the time after which real nodes switch everything off.</summary>
    public static readonly TimeSpan RefreshUnsaid = TimeSpan.FromSeconds(60), DeadMan = TimeSpan.FromSeconds(180);

    /// <summary>Smoke machines of the relay firmware.</summary>
    public static readonly TimeSpan MomentaryUnsaid = TimeSpan.FromSeconds(12);

    public bool TakesCommands => Class is not NodeClass.Button;
}

/// <summary>An output a person knows by name: from devices.json.</summary>
/// <param name="Words">Payloads to offer.</param>
internal sealed record NamedOutput(string Topic, string Title, NodeClass Class, IReadOnlyList<string> Words);

/// <summary>What is wrong with a room's description of its devices.</summary>
/// <param name="Path">Within the file: <c>nodes.Relays.timeout_ms</c>.</param>
/// <param name="Line">0: the whole file.</param>
internal sealed record DeviceProblem(string File, string Path, int Line, string Text);
