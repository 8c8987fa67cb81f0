using Chorale.Mqtt;
using Chorale.Protocol.Modules;

namespace Chorale.Fleet;

/// <summary>How a fleet is reached and commanded.</summary>
public sealed record FleetOptions
{
    /// <summary>The broker; null: none, and modules come by <see cref="FleetController.Attach"/> alone.</summary>
    public MqttOptions? Mqtt { get; init; } = new();

    /// <summary>Levels before the module's name; any number of them.</summary>
    public string BaseTopic { get; init; } = ModuleTopics.DefaultBase;

    /// <summary>A command that is not answered within this time is timed out.</summary>
    public TimeSpan AnswerWithin { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From the command to T0 of a synchronised start, at least; three times the worst measured round trip where that is longer.</summary>
    public TimeSpan Lead { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Each module's clock is measured this often; at every synchronised start besides. Zero: never.</summary>
    public TimeSpan ClockInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Reads the times of modules that write none of their own zone.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Local;

    /// <summary>Session ids that are taken beyond those in memory: where an owner keeps sessions, no new one gets the id of an old one.</summary>
    public Func<string, bool>? IsSessionIdTaken { get; init; }

    /// <summary>Commands are logged and end as simulated; nothing is sent.</summary>
    public bool Simulate { get; init; }
}
