namespace Chorale.Recorder.Spool;

/// <summary>What to do at the free-space floor when only unsent chunks are left.</summary>
public enum FullPolicy
{
    /// <summary>Delete the oldest unsent chunk; each is a loss in the ledger, an error line and a count.</summary>
    DropOldest,

    /// <summary>Stop recording until there is room.</summary>
    Stop,
}

/// <param name="MaxAge">Uploaded chunks older than this go; null = no limit.</param>
/// <param name="MaxBytes">Size of all files of the spool above which uploaded chunks go; null = no limit.</param>
/// <param name="FloorBytes">Free space that must stay.</param>
/// <param name="FloorPercent">The same in percent of the file system; the larger of the two holds.</param>
/// <param name="AtFloor">What goes when nothing uploaded is left.</param>
public sealed record RetentionLimits(TimeSpan? MaxAge, long? MaxBytes, long FloorBytes, double FloorPercent, FullPolicy AtFloor)
{
    /// <summary>Rows of the ledger are kept this long after their files are gone.</summary>
    public TimeSpan LedgerAge { get; init; } = TimeSpan.FromDays(400);
}

/// <summary>What the policy looks at.</summary>
/// <param name="FreeBytes">Null when the file system did not say: nothing is deleted for a floor nobody can see.</param>
/// <param name="TotalBytes">Size of the file system; null with <paramref name="FreeBytes"/>.</param>
/// <param name="SpoolBytes">All files of the spool.</param>
/// <param name="OldestUploadedAt">Start of the oldest uploaded chunk whose file is still there; null = none.</param>
/// <param name="HasUnsent">At least one unsent chunk.</param>
public sealed record SpoolUsage(long? FreeBytes, long? TotalBytes, long SpoolBytes, DateTimeOffset? OldestUploadedAt, bool HasUnsent);

public enum RetentionStep
{
    Nothing,
    DeleteOldestUploaded,
    DropOldestUnsent,
    StopRecording,
}

/// <summary>Decides the next step of retention. Pure: no I/O, no clock.</summary>
public static class RetentionPolicy
{
    public static RetentionStep Next(RetentionLimits limits, SpoolUsage usage, DateTimeOffset now)
    {
        var atFloor = usage.FreeBytes is { } free && free < Floor(limits, usage.TotalBytes);
        if (usage.OldestUploadedAt is { } oldest)
        {
            var tooOld = limits.MaxAge is { } age && now - oldest > age;
            var tooLarge = limits.MaxBytes is { } bytes && usage.SpoolBytes > bytes;
            if (atFloor || tooOld || tooLarge) return RetentionStep.DeleteOldestUploaded;
        }

        if (!atFloor) return RetentionStep.Nothing;
        return limits.AtFloor == FullPolicy.DropOldest && usage.HasUnsent ? RetentionStep.DropOldestUnsent : RetentionStep.StopRecording;
    }

    /// <summary>Bytes that must stay free.</summary>
    public static long Floor(RetentionLimits limits, long? totalBytes) =>
        Math.Max(limits.FloorBytes, (long)((totalBytes ?? 0) * (limits.FloorPercent / 100)));

    /// <summary>
    /// Days until the floor is reached if nothing more is uploaded and recording goes on as it did; null when nothing is recorded or free
    /// space is unknown. What is uploaded already makes room first.
    /// </summary>
    public static double? DaysToFull(RetentionLimits limits, SpoolUsage usage, long uploadedBytes, double recordedBytesPerDay) =>
        usage.FreeBytes is not { } free || recordedBytesPerDay <= 0 ? null
            : Math.Max(0, free + uploadedBytes - Floor(limits, usage.TotalBytes)) / recordedBytesPerDay;
}

/// <summary>What one pass did and how things stand after it.</summary>
/// <param name="DeletedUploaded">Files of uploaded chunks deleted.</param>
/// <param name="DroppedUnsent">Unsent chunks deleted: losses.</param>
/// <param name="MustStop">At the floor, and the policy or an empty spool leaves nothing to delete.</param>
/// <param name="FreeBytes">Null = unknown, which is an alarm of its own.</param>
/// <param name="DaysToFull">See <see cref="RetentionPolicy.DaysToFull"/>.</param>
/// <param name="IsComplete">False when the pass ended at its limit of work and should be run again at once.</param>
public sealed record RetentionReport(int DeletedUploaded, int DroppedUnsent, bool MustStop, long? FreeBytes, double? DaysToFull, bool IsComplete);
