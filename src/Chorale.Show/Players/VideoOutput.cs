using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Chorale.Show.Players;

/// <summary>What this process has to show pictures on.</summary>
public sealed record Displays(bool HasWayland, bool HasX11, bool HasDrm)
{
    public static Displays None { get; } = new(false, false, false);

    /// <param name="environment">Of this process.</param>
    public static Displays Find(IReadOnlyDictionary<string, string> environment)
        => new(environment.GetValueOrDefault("WAYLAND_DISPLAY") is { Length: > 0 }, environment.GetValueOrDefault("DISPLAY") is { Length: > 0 },
            Directory.Exists("/dev/dri") && Directory.EnumerateFileSystemEntries("/dev/dri", "card*").Any());
}

/// <summary>Where films are shown.</summary>
/// <param name="Arguments">mpv's.</param>
/// <param name="Problem">Why there will be no picture; films play all the same, for their length.</param>
internal sealed record VideoOutput(IReadOnlyList<string> Arguments, bool HasPicture, string? Problem)
{
    public const string Allowed = "auto, none, x11[:screen number], wayland[:screen name] or drm[:connector]";

    public static bool TryResolve(string text, Displays displays, [NotNullWhen(true)] out VideoOutput? output, [NotNullWhen(false)] out string? problem)
    {
        var colon = text.IndexOf(':');
        var kind = colon < 0 ? text : text[..colon];
        var which = colon < 0 ? null : text[(colon + 1)..];
        var isRight = which is null || (which.Length is > 0 and <= 64 && which.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'));
        output = !isRight ? null : (kind, which) switch
        {
            ("none", null) => Nowhere(null),
            ("auto", null) when displays.HasWayland => On("--vo=gpu,wlshm,null", "--gpu-context=wayland"),
            ("auto", null) when displays.HasX11 => On("--vo=gpu,x11,null"),
            ("auto", null) when displays.HasDrm => On("--vo=gpu,drm,null", "--gpu-context=drm"),
            ("auto", null) => Nowhere("there is no display here (no WAYLAND_DISPLAY, no DISPLAY, no /dev/dri/card*): films are played without a picture"),
            ("x11", null) => On("--vo=gpu,x11,null"),
            ("x11", _) when int.TryParse(which, NumberStyles.None, CultureInfo.InvariantCulture, out var screen) && screen <= 32 => On("--vo=gpu,x11,null", $"--fs-screen={screen}"),
            ("wayland", null) => On("--vo=gpu,wlshm,null", "--gpu-context=wayland"),
            ("wayland", _) => On("--vo=gpu,wlshm,null", "--gpu-context=wayland", $"--fs-screen-name={which}"),
            ("drm", null) => On("--vo=gpu,drm,null", "--gpu-context=drm"),
            ("drm", _) => On("--vo=gpu,drm,null", "--gpu-context=drm", $"--drm-connector={which}"),
            _ => null,
        };
        problem = output is null ? $"video output '{Shown.Text(text)}': allowed are {Allowed}" : null;
        return output is not null;
    }

    private static VideoOutput On(params string[] arguments)
        => new([.. arguments, "--fullscreen", "--force-window=immediate", "--no-border", "--ontop", "--cursor-autohide=always", "--hwdec=auto-safe"], true, null);

    private static VideoOutput Nowhere(string? problem) => new(["--vo=null"], false, problem);
}
