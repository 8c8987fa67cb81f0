namespace Chorale.Show.Players;

/// <summary>How one room is played on this machine.</summary>
public sealed record PlayerOptions
{
    /// <summary>The room's own: audio/ and video/ in it.</summary>
    public required MediaFolder Media { get; init; }

    public string Program { get; init; } = "mpv";

    /// <summary>As <c>chorale room --list-outputs</c> names it; null: the system's default. It must be one that mixes: every sound opens it anew.</summary>
    public string? AudioDevice { get; init; }

    /// <summary>mpv's --ao; null: whatever it finds.</summary>
    public string? AudioOutput { get; init; }

    /// <summary>auto, none, x11[:screen number], wayland[:screen name], drm[:connector]; see <see cref="VideoOutput"/>.</summary>
    public string Screen { get; init; } = "auto";

    /// <summary>What there is to show pictures on, found by the entry point.</summary>
    public Displays Displays { get; init; } = Displays.None;

    /// <summary>A file of the video folder for when nothing plays; null or missing: black.</summary>
    public string? IdleImage { get; init; }

    /// <summary>Sounds at once, and sounds opened ahead, together. Each is an mpv: about 30 MB of its own.</summary>
    public int DecksMax { get; init; } = 6;

    /// <summary>An mpv that says nothing for so long is ended and started again.</summary>
    public TimeSpan HungAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For mpv, as they are.</summary>
    internal IReadOnlyList<string> MoreArguments { get; init; } = [];
}
