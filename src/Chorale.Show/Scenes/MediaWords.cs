using System.Globalization;

namespace Chorale.Show.Scenes;

/// <summary>What the message of an audio or video action says, as far as a check needs it: which file, whether it starts it, and what is wrong.</summary>
internal readonly record struct MediaWords(string? File, bool IsPlayed, string? Problem)
{
    public static MediaWords Read(ActionKind kind, string message)
    {
        var colon = message.IndexOf(':');
        var word = (colon < 0 ? message : message[..colon]).Trim().ToUpperInvariant();
        var rest = colon < 0 ? null : message[(colon + 1)..];
        return kind == ActionKind.Audio ? Audio(word, rest, message) : Video(word, rest, message);
    }

    private static MediaWords Audio(string word, string? rest, string message) => word switch
    {
        "PLAY" => Play(rest),
        "STOP" when rest is not null => new(rest, false, rest.Length == 0 ? "STOP: names no file" : null),
        "STOP" or "PAUSE" or "RESUME" => new(null, false, rest is null ? null : $"{word} takes nothing after it"),
        "VOLUME" => new(null, false, IsShare(rest) ? null : "VOLUME wants a number from 0 to 1, as in VOLUME:0.5"),
        _ => new(message, true, null),
    };

    private static MediaWords Video(string word, string? rest, string message) => word switch
    {
        "PLAY_VIDEO" => Play(rest),
        "STOP_VIDEO" or "PAUSE" or "RESUME" => new(null, false, rest is null ? null : $"{word} takes nothing after it"),
        "SEEK" => new(null, false, IsSeconds(rest) ? null : "SEEK wants seconds, as in SEEK:12.5"),
        _ => new(message, true, null),
    };

    /// <summary><c>file</c> or <c>file:0.8</c>; a name may have colons of its own.</summary>
    private static MediaWords Play(string? rest)
    {
        if (string.IsNullOrWhiteSpace(rest)) return new(null, false, "PLAY names no file");
        var colon = rest.LastIndexOf(':');
        if (colon < 0) return new(rest, true, null);
        return IsShare(rest[(colon + 1)..]) ? new(rest[..colon], true, null)
            : double.TryParse(rest[(colon + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? new(rest[..colon], true, "the volume is a number from 0 to 1")
            : new(rest, true, null);
    }

    private static bool IsShare(string? text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1;

    private static bool IsSeconds(string? text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and < 1e6;
}
