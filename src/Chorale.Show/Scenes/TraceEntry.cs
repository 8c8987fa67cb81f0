using System.Text.Json.Serialization;
using Chorale.Protocol;

namespace Chorale.Show.Scenes;

[JsonConverter(typeof(SnakeCaseEnum<TraceKind>))]
public enum TraceKind
{
    /// <summary>A state was entered; <c>What</c> has both names, <c>Reason</c> the transition's cause.</summary>
    State,

    /// <summary>An action was carried out.</summary>
    Cue,

    /// <summary>A message, or the end of a medium, came in.</summary>
    Event,

    /// <summary>A word of the room about this run: broker lost, held, retried, abandoned.</summary>
    Note,
    End,
}

/// <summary>One line of a run's trace. Appending a number again replaces the line: so a cue gets its verdict.</summary>
/// <param name="Number">From 1, rising within the run.</param>
/// <param name="Planned">Since the run's start.</param>
/// <param name="Real">Since the run's start.</param>
/// <param name="Path">Place in the scene file; empty where there is none.</param>
/// <param name="Took">From publishing to the verdict.</param>
public sealed record TraceEntry(
    long Number, TimeSpan Planned, TimeSpan Real, TraceKind Kind, string Path, string What, string? Verdict = null, string? Reason = null, TimeSpan? Took = null);

public sealed record TraceRun
{
    public required string Id { get; init; }
    public required string Room { get; init; }
    public required string Scene { get; init; }
    public required string By { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Null while it runs.</summary>
    public string? EndReason { get; init; }
    public long Cues { get; init; }

    /// <summary>Cues whose verdict was neither confirmed nor simulated.</summary>
    public long Failed { get; init; }
    public TimeSpan LateMax { get; init; }
}
