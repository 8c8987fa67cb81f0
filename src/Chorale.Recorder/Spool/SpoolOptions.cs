using Chorale.Storage;

namespace Chorale.Recorder.Spool;

/// <param name="Folder">Root: holds <c>outbox/</c>, <c>uploaded/</c>, <c>quarantine/</c> and the index.</param>
/// <param name="OutboxFolder">Null = <c>Folder/outbox</c>.</param>
/// <param name="IndexPath">Null = <c>Folder/audio_queue.db</c>.</param>
/// <param name="Recorder">Recorder id, for files that do not say.</param>
/// <param name="LocalZone">How naive times in adopted file names are read.</param>
public sealed record SpoolOptions(string Folder, string? OutboxFolder, string? IndexPath, string Recorder, TimeZoneInfo LocalZone)
{
    /// <summary>What a cut of the power may lose at most; the length of the gap written where nobody can know it better.</summary>
    public TimeSpan LossBound { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The calls to the disk; a test's own make them fail.</summary>
    public DiskCalls Disk { get; init; } = new();

    /// <summary>How long a foreign recorder's file may still be open after its last write: its chunk length and 10 s.</summary>
    public TimeSpan ForeignOpenFor { get; init; } = TimeSpan.FromSeconds(70);

    public string Index => IndexPath ?? Path.Combine(Folder, "audio_queue.db");
}

/// <summary>Another process owns the spool.</summary>
public sealed class SpoolInUseException(string folder)
    : IOException($"the spool {folder} is in use by another recorder; stop it first, or give this one a folder of its own");
