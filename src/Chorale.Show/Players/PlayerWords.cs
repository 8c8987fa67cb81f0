using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Chorale.Show.Players;

internal enum PlayerVerb
{
    Play,
    Stop,
    Pause,
    Resume,
    Volume,
    Seek,
}

/// <summary>One order to the player of a room.</summary>
/// <param name="File">As written; Play always has one, Stop may.</param>
/// <param name="Number">Play and Volume: the level, 0 to 1; null: not said. Seek: seconds from the beginning.</param>
internal readonly record struct PlayerWord(PlayerVerb Verb, string? File = null, double? Number = null);

/// <summary>
/// The words that scenes and first-generation controllers use for sound and picture. Verbs in any case; spaces around the whole are
/// not meant. Pure.
/// </summary>
internal static class PlayerWords
{
    public const string AudioAllowed = "PLAY:file[:0..1], STOP, STOP:file, PAUSE, RESUME, VOLUME:0..1 or a file's name";
    public const string VideoAllowed = "PLAY_VIDEO:file, STOP_VIDEO, PAUSE, RESUME, SEEK:seconds or a file's name";

    /// <summary>A scene's longest sensible word; beyond it is not a name.</summary>
    public const int CharactersMax = 1024;

    private const double SecondsMax = 7 * 24 * 3600;

    public static bool TryAudio(string text, out PlayerWord word, [NotNullWhen(false)] out string? problem)
    {
        if (!TrySplit(text, "sound", AudioAllowed, out var verb, out var rest, out word, out problem)) return false;
        switch (verb.ToUpperInvariant())
        {
            case "PLAY" when rest is not null: return TryPlay(text, rest, out word, out problem);
            case "STOP": return TryMake(text, AudioAllowed, new PlayerWord(PlayerVerb.Stop, rest), rest != "", out word, out problem);
            case "PAUSE": return TryMake(text, AudioAllowed, new PlayerWord(PlayerVerb.Pause), rest is null, out word, out problem);
            case "RESUME": return TryMake(text, AudioAllowed, new PlayerWord(PlayerVerb.Resume), rest is null, out word, out problem);
            case "VOLUME":
                if (TryLevel(rest, out var level)) return TryMake(text, AudioAllowed, new PlayerWord(PlayerVerb.Volume, null, level), true, out word, out problem);
                problem = $"sound '{Shown.Text(text)}': a level is a number from 0 to 1";
                return false;
            default: return TryMake(text, AudioAllowed, new PlayerWord(PlayerVerb.Play, text.Trim()), rest is null && !IsLonely(verb, "PLAY"), out word, out problem);
        }
    }

    public static bool TryVideo(string text, out PlayerWord word, [NotNullWhen(false)] out string? problem)
    {
        if (!TrySplit(text, "picture", VideoAllowed, out var verb, out var rest, out word, out problem)) return false;
        switch (verb.ToUpperInvariant())
        {
            case "PLAY_VIDEO" when rest is not null: return TryMake(text, VideoAllowed, new PlayerWord(PlayerVerb.Play, rest), rest.Length > 0, out word, out problem);
            case "STOP_VIDEO" or "STOP": return TryMake(text, VideoAllowed, new PlayerWord(PlayerVerb.Stop), rest is null, out word, out problem);
            case "PAUSE": return TryMake(text, VideoAllowed, new PlayerWord(PlayerVerb.Pause), rest is null, out word, out problem);
            case "RESUME": return TryMake(text, VideoAllowed, new PlayerWord(PlayerVerb.Resume), rest is null, out word, out problem);
            case "SEEK":
                if (TryNumber(rest, SecondsMax, out var seconds)) return TryMake(text, VideoAllowed, new PlayerWord(PlayerVerb.Seek, null, seconds), true, out word, out problem);
                problem = $"picture '{Shown.Text(text)}': SEEK takes seconds from the beginning, 0 or more";
                return false;
            default: return TryMake(text, VideoAllowed, new PlayerWord(PlayerVerb.Play, text.Trim()), rest is null && !IsLonely(verb, "PLAY_VIDEO"), out word, out problem);
        }
    }

    private static bool TrySplit(string text, string what, string allowed, out string verb, out string? rest, out PlayerWord word, [NotNullWhen(false)] out string? problem)
    {
        word = default;
        (verb, rest) = ("", null);
        var words = text.AsSpan().Trim();
        problem = words.IsEmpty ? $"an empty word for the {what}: allowed are {allowed}"
            : text.Length > CharactersMax ? $"a word of {text.Length} characters for the {what} ('{Shown.Text(text)}'): at most {CharactersMax} are allowed"
            : null;
        if (problem is not null) return false;
        var colon = words.IndexOf(':');
        verb = (colon < 0 ? words : words[..colon]).Trim().ToString();
        if (colon >= 0) rest = words[(colon + 1)..].Trim().ToString();
        return true;
    }

    /// <summary>After the last colon stands a level, if anything: colons are not for names.</summary>
    private static bool TryPlay(string text, string rest, out PlayerWord word, [NotNullWhen(false)] out string? problem)
    {
        word = default;
        var colon = rest.LastIndexOf(':');
        double? level = null;
        if (colon >= 0)
        {
            if (!TryLevel(rest[(colon + 1)..].Trim(), out var said))
            {
                problem = $"sound '{Shown.Text(text)}': a level is a number from 0 to 1";
                return false;
            }

            level = said;
        }

        var file = colon < 0 ? rest : rest[..colon].Trim();
        return TryMake(text, AudioAllowed, new PlayerWord(PlayerVerb.Play, file, level), file.Length > 0 && !file.Contains(':'), out word, out problem);
    }

    private static bool TryMake(string text, string allowed, PlayerWord made, bool isRight, out PlayerWord word, [NotNullWhen(false)] out string? problem)
    {
        word = isRight ? made : default;
        problem = isRight ? null : $"'{Shown.Text(text)}' is not understood: allowed are {allowed}";
        return isRight;
    }

    private static bool IsLonely(string verb, string play) => verb.Equals(play, StringComparison.OrdinalIgnoreCase);

    private static bool TryLevel(string? text, out double level) => TryNumber(text, 1, out level);

    private static bool TryNumber(string? text, double max, out double number)
        => double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out number)
            && number >= 0 && number <= max;
}
