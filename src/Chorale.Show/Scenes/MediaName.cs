namespace Chorale.Show.Scenes;

/// <summary>Names of sounds and pictures in scene files: one plain file name, with or without its extension.</summary>
public static class MediaName
{
    /// <summary>Tried in this order where a sound is named without its extension.</summary>
    public static readonly IReadOnlyList<string> AudioExtensions = [".mp3", ".wav", ".ogg", ".flac"];

    public static readonly IReadOnlyList<string> VideoExtensions = [".mp4", ".avi", ".mov", ".mkv", ".png", ".jpg", ".jpeg"];

    /// <summary>R15: the same file by bare name; where one of the two has no extension, extensions do not count.</summary>
    public static bool IsSame(string target, string file)
    {
        var a = Bare(target);
        var b = Bare(file);
        if (a.SequenceEqual(b)) return true;
        var aStem = Stem(a);
        var bStem = Stem(b);
        return aStem.Length == a.Length != (bStem.Length == b.Length) && aStem.SequenceEqual(bStem);
    }

    /// <summary>Null = fine; else why this cannot be a file of the room's media folder.</summary>
    public static string? Problem(ReadOnlySpan<char> name)
    {
        if (name.IsWhiteSpace()) return "is empty";
        if (name.Length > 255) return "is longer than 255 characters";
        foreach (var c in name)
        {
            if (char.IsControl(c)) return $"has the control character U+{(int)c:X4} in it";
        }

        if (name is "." or ".." || name.ContainsAny('/', '\\')) return "leaves the room's folder; a plain file name is wanted, without folders";
        return null;
    }

    private static ReadOnlySpan<char> Bare(ReadOnlySpan<char> name) => name[(name.LastIndexOfAny('/', '\\') + 1)..];

    private static ReadOnlySpan<char> Stem(ReadOnlySpan<char> name)
    {
        foreach (var extension in AudioExtensions)
        {
            if (name.EndsWith(extension, StringComparison.OrdinalIgnoreCase)) return name[..^extension.Length];
        }

        foreach (var extension in VideoExtensions)
        {
            if (name.EndsWith(extension, StringComparison.OrdinalIgnoreCase)) return name[..^extension.Length];
        }

        return name;
    }
}
