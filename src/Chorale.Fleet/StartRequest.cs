using System.Text.Json;
using Chorale.Fleet.Commands;
using Chorale.Fleet.Sessions;

namespace Chorale.Fleet;

/// <summary>What to record, and how together.</summary>
public sealed record StartRequest
{
    /// <summary>Null: all modules that are exactly idle; the others are reported.</summary>
    public IReadOnlyList<ModuleId>? Modules { get; init; }

    /// <summary>The same for all; null: <c>YYYYMMDD_HHMMSS</c>, UTC. 1 to 64 of <c>A-Z a-z 0-9 _ -</c>.</summary>
    public string? RecordingId { get; init; }

    /// <summary>Null: until stopped.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Taken from the modules' rings before T0.</summary>
    public TimeSpan PreRoll { get; init; }

    /// <summary>Settings of this recording alone: <c>samplerate</c>, <c>channels</c>, ... as modules understand them.</summary>
    public JsonElement? Config { get; init; }

    /// <summary>False: no T0; each module begins when the command reaches it.</summary>
    public bool IsSynchronised { get; init; } = true;

    /// <summary>Null: as the options say.</summary>
    public TimeSpan? Lead { get; init; }

    /// <summary>T0 itself, instead of a lead: a start for later. Modules take it up to 24 h ahead.</summary>
    public DateTimeOffset? StartAt { get; init; }

    /// <summary>Null: as the options say.</summary>
    public TimeSpan? AnswerWithin { get; init; }
}

/// <summary>A session as its modules answered; first frames and files come later, by events and in <see cref="FleetController.Sessions"/>.</summary>
/// <param name="Session">Null when nobody was commanded.</param>
/// <param name="Result">A verdict for each module, those that were not idle included.</param>
public sealed record SessionStart(SessionManifest? Session, FleetResult Result);
