using Chorale.Fleet.Clock;
using Chorale.Fleet.Presence;
using Chorale.Protocol.Modules;

namespace Chorale.Fleet;

/// <summary>What is known of a module at one instant; immutable.</summary>
public sealed record FleetModule
{
    public required ModuleId Id { get; init; }

    /// <summary>Whether it lives, as far as that is known. What <see cref="Status"/> says is worth something only while this is online or late.</summary>
    public required ModulePresence Presence { get; init; }

    /// <summary>Its last status; null before the first. A retained one where <see cref="Presence"/> is unknown.</summary>
    public ModuleStatus? Status { get; init; }

    /// <summary>State of the commanded recording, as it said last; unknown before the first status.</summary>
    public ModuleState State => Status?.State ?? ModuleState.Unknown;

    /// <summary>Wall time of its last message.</summary>
    public DateTimeOffset? LastSeenAt { get; init; }

    /// <summary>Since its last message, monotonic; null while nothing was heard from it since this program connected.</summary>
    public TimeSpan? SilentFor { get; init; }

    /// <summary>Declared, learned, or the usual 30 s; null: it has none.</summary>
    public TimeSpan? Heartbeat { get; init; }

    /// <summary>Rises at every start of the module.</summary>
    public long? Session { get; init; }

    /// <summary>Its clock as measured from here; null = not measured.</summary>
    public ClockEstimate? Clock { get; init; }

    /// <summary>First frame of the recording that runs, on the master's clock, as the module told it; null when it told nothing or nothing runs.</summary>
    public DateTimeOffset? RecordingSince { get; init; }

    /// <summary>Its own alarms, and ours: <c>double_id</c>, <c>flapping</c>.</summary>
    public IReadOnlyList<string> Alarms { get; init; } = [];

    /// <summary>Messages of it that could not be read.</summary>
    public long Unreadable { get; init; }

    /// <summary>How it is reached: <c>mqtt</c>, <c>websocket</c>.</summary>
    public string Link { get; init; } = "mqtt";

    /// <summary>It was heard, and is not silent beyond four heartbeats.</summary>
    public bool IsOnline => Presence is ModulePresence.Online or ModulePresence.Late;

    /// <summary>It may be started by a start of all: exactly idle, and not waiting for a start.</summary>
    public bool IsIdle => State == ModuleState.Idle && Status!.Armed is null;
}
