using Chorale.Fleet.Clock;
using Chorale.Fleet.Presence;
using Chorale.Fleet.Sessions;
using Chorale.Protocol.Modules;

namespace Chorale.Fleet;

/// <summary>Everything known of one module while this program runs. Its fields belong to its lock, <see cref="Gate"/>.</summary>
internal sealed class ModuleRecord(ModuleId id, IModuleLink link, TimeProvider time)
{
    public Lock Gate { get; } = new();

    public ModuleId Id => id;

    /// <summary>Replaced when the module comes by another way.</summary>
    public IModuleLink Link { get; set; } = link;

    public PresenceTrack Presence { get; } = new(time);

    public ClockTrack Clock { get; } = new();

    public ModuleStatus? Status { get; set; }

    /// <summary>First frame of the recording that it reported last, on our clock.</summary>
    public (string RecordingId, DateTimeOffset At)? FirstFrame { get; set; }

    public long Unreadable { get; set; }

    public bool WasFlapping { get; set; }

    public bool WasDoubleId { get; set; }

    /// <summary>Monotonic; when it was last asked whether it lives.</summary>
    public long? ProbedStamp { get; set; }

    /// <summary>Monotonic; when somebody said in its name that it goes, while it was there. May be the Will of a connection that it has replaced.</summary>
    public long? GoodbyeStamp { get; set; }

    /// <summary>Since the connection was made, or since something was heard of it.</summary>
    public int Probes { get; set; }

    /// <summary>False once it left two questions about its clock unanswered; null while it was not asked. Asked again after a restart of it.</summary>
    public bool? KnowsClock { get; set; }

    /// <summary>Session in which <see cref="KnowsClock"/> was learned.</summary>
    public long? ClockSession { get; set; }

    /// <summary>Of the last burst; null before the first.</summary>
    public TimeSpan? WorstRoundTrip { get; set; }

    /// <summary>How a time that it tells of, or is told, is brought to our clock.</summary>
    public ClockUse ClockAt(DateTimeOffset at)
    {
        lock (Gate) return ClockUse.Choose(Status?.Clock, Clock.At(at));
    }

    public FleetModule Snapshot()
    {
        lock (Gate)
        {
            IReadOnlyList<string> alarms = Status?.Alarms ?? [];
            if (Presence.IsDoubleId) alarms = [.. alarms, Alarms.DoubleId];
            if (Presence.IsFlapping) alarms = [.. alarms, Alarms.Flapping];
            return new FleetModule
            {
                Id = id, Presence = Presence.Presence, Status = Status, LastSeenAt = Presence.LastSeenAt, SilentFor = Presence.SilentFor,
                Heartbeat = Presence.Heartbeat, Session = Presence.Session, Clock = Clock.Newest, Alarms = alarms, Unreadable = Unreadable, Link = Link.Name,
                RecordingSince = Status is { State: ModuleState.Recording, RecordingId: not null } now && FirstFrame is var (recording, first) && recording == now.RecordingId ? first : null,
            };
        }
    }
}

/// <summary>Alarms that the master raises about a module.</summary>
internal static class Alarms
{
    public const string DoubleId = "double_id";
    public const string Flapping = "flapping";
}
