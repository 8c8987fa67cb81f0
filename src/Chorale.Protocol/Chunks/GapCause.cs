namespace Chorale.Protocol.Chunks;

/// <summary>Why frames are missing. Every frame that is in no chunk is in a gap with one of these.</summary>
public enum GapCause
{
    /// <summary>The device overran.</summary>
    Xrun,

    /// <summary>The device was gone.</summary>
    DeviceLost,

    /// <summary>The recording side fell behind by more than the ring holds.</summary>
    RingFull,

    /// <summary>No room on the disk.</summary>
    DiskFull,

    /// <summary>The disk refused or failed.</summary>
    StorageFailed,

    /// <summary>Not meant to record then.</summary>
    OutsideSchedule,

    /// <summary>Somebody muted the microphone.</summary>
    Muted,

    /// <summary>The recorder was not running.</summary>
    NotRunning,

    /// <summary>Captured, but not yet on the disk when the power or the process went.</summary>
    PowerCut,

    /// <summary>Recorded, then deleted unsent by the retention policy.</summary>
    Retention,

    /// <summary>A damaged file was set aside, or part of it could not be read.</summary>
    Damaged,
}

/// <summary>The causes as written in SQL, JSON and tags: snake_case.</summary>
public static class GapCauses
{
    private static readonly string[] Names = [.. Enum.GetNames<GapCause>().Select(ToSnakeCase)];

    public static string ToText(GapCause cause) => Names[(int)cause];

    public static bool TryParse(string? text, out GapCause cause)
    {
        var index = Array.IndexOf(Names, text);
        cause = index < 0 ? default : (GapCause)index;
        return index >= 0;
    }

    private static string ToSnakeCase(string name) =>
        string.Concat(name.Select((c, i) => char.IsAsciiLetterUpper(c) ? (i == 0 ? "" : "_") + char.ToLowerInvariant(c) : c.ToString()));
}
