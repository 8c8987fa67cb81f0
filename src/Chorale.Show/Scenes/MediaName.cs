using Chorale.Show.Players;

namespace Chorale.Show.Scenes;

/// <summary>Whether two names mean the same sound or film.</summary>
internal static class MediaName
{
    /// <summary>
    /// R15: the bare names are the same; where one of the two has no extension, extensions do not count; folders count only where both
    /// have some.
    /// </summary>
    public static bool IsSame(string target, string file)
    {
        var both = target.Contains('/') && file.Contains('/');
        var a = both ? target.AsSpan() : Bare(target);
        var b = both ? file.AsSpan() : Bare(file);
        if (IsTail(a, b, both)) return true;
        var aStem = Stem(a);
        var bStem = Stem(b);
        return aStem.Length == a.Length != (bStem.Length == b.Length) && IsTail(aStem, bStem, both);
    }

    /// <summary>Without folders and extension: names that are the same have the same.</summary>
    public static string BareStem(string name) => Stem(Bare(name)).ToString();

    /// <summary>A player may tell the whole path of what it has played.</summary>
    private static bool IsTail(ReadOnlySpan<char> target, ReadOnlySpan<char> file, bool withFolders) =>
        file.SequenceEqual(target) || (withFolders && file.EndsWith(target) && file[file.Length - target.Length - 1] == '/');

    private static ReadOnlySpan<char> Bare(ReadOnlySpan<char> name) => name[(name.LastIndexOf('/') + 1)..];

    private static ReadOnlySpan<char> Stem(ReadOnlySpan<char> name)
    {
        foreach (var kind in (ReadOnlySpan<MediaKind>)[MediaKind.Audio, MediaKind.Video])
        {
            foreach (var extension in MediaFolder.Extensions(kind))
            {
                if (name.EndsWith(extension, StringComparison.OrdinalIgnoreCase)) return name[..^extension.Length];
            }
        }

        return name;
    }
}
