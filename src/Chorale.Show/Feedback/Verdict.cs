using System.Text.Json.Serialization;
using Chorale.Protocol;

namespace Chorale.Show.Feedback;

/// <summary>How a command to a device of a room ended. Every command ends as exactly one of these.</summary>
[JsonConverter(typeof(SnakeCaseEnum<Verdict>))]
public enum Verdict
{
    /// <summary>The device acknowledged it. Acknowledged, not done.</summary>
    Confirmed,

    /// <summary>The device said no; the reason is its own.</summary>
    Refused,

    /// <summary>No answer before the deadline.</summary>
    TimedOut,

    /// <summary>An answer came that may belong to another command as well.</summary>
    Ambiguous,

    /// <summary>It said yes and then no.</summary>
    Contradicted,

    /// <summary>A later command on the same topic made it pointless before it was answered.</summary>
    Superseded,

    /// <summary>It was under way when the connection to the broker, or the device, went away.</summary>
    LostLink,

    /// <summary>Given up before it was sent or answered: STOP, or the caller.</summary>
    Cancelled,

    /// <summary>No broker: logged, not sent.</summary>
    Simulated,
}
