using System.Diagnostics.CodeAnalysis;
using Chorale.Show.Interop;

namespace Chorale.Show.Players;

/// <summary>
/// The sounds and films of a room: <c>audio/</c> and <c>video/</c> in one folder. No name leads out of it, whatever a scene or the network
/// calls a file: not by <c>..</c>, not by an absolute path, not by a link.
/// </summary>
/// <remarks>Nothing is kept: a file copied there is found at once. Any thread.</remarks>
public sealed class MediaFolder(string folder)
{
    private const int NameCharactersMax = 255;

    /// <summary>What a name without extension is tried with, in order. The first three are the original's.</summary>
    private static readonly string[] AudioExtensions = [".mp3", ".wav", ".ogg", ".flac", ".opus", ".m4a"];
    private static readonly string[] VideoExtensions = [".mp4", ".mkv", ".mov", ".avi", ".webm", ".m4v", ".mpg", ".png", ".jpg", ".jpeg"];
    private static readonly string[] PictureExtensions = [".png", ".jpg", ".jpeg"];

    public string Path { get; } = System.IO.Path.GetFullPath(folder);

    public static IReadOnlyList<string> Extensions(MediaKind kind) => kind == MediaKind.Audio ? AudioExtensions : VideoExtensions;

    /// <summary>It is shown until something else is, and has no end.</summary>
    public static bool IsPicture(string file) => PictureExtensions.Contains(System.IO.Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);

    public string FolderOf(MediaKind kind) => System.IO.Path.Combine(Path, kind == MediaKind.Audio ? "audio" : "video");

    public bool Has(MediaKind kind, string name) => TryFind(kind, name, out _, out _);

    /// <param name="name">Relative to the folder of its kind, with / for folders in it; the extension may be missing.</param>
    /// <param name="path">Where it really is, links resolved.</param>
    /// <param name="problem">A sentence with the name and what is allowed.</param>
    public bool TryFind(MediaKind kind, string name, [NotNullWhen(true)] out string? path, [NotNullWhen(false)] out string? problem)
    {
        path = null;
        problem = ProblemOf(name);
        if (problem is not null) return false;
        var root = FolderOf(kind);
        try
        {
            if (Find(kind, System.IO.Path.Combine(root, name)) is not { } found)
            {
                problem = $"there is no file '{Shown.Text(name)}' in {root}";
                return false;
            }

            if (!IsAllowed(kind, found))
            {
                problem = $"'{Shown.Text(name)}' is not {(kind == MediaKind.Audio ? "a sound" : "a film or picture")}: allowed are {string.Join(", ", Extensions(kind).Select(e => e[1..]))}";
                return false;
            }

            path = Realpath.Of(found);
            var realRoot = Realpath.Of(root);
            if (path is null || realRoot is null || !path.StartsWith(realRoot + '/', StringComparison.Ordinal))
            {
                problem = $"'{Shown.Text(name)}' leads out of {root}";
                path = null;
                return false;
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = $"'{Shown.Text(name)}' cannot be read: {e.Message}";
            return false;
        }
    }

    /// <summary>Names as <see cref="TryFind"/> takes them, in order; at most <paramref name="max"/>.</summary>
    public IReadOnlyList<string> List(MediaKind kind, int max = 10_000)
    {
        var root = FolderOf(kind);
        try
        {
            var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 4, AttributesToSkip = FileAttributes.Hidden | FileAttributes.System };
            return [.. Directory.EnumerateFiles(root, "*", options)
                .Where(f => IsAllowed(kind, f))
                .Take(max)
                .Select(f => System.IO.Path.GetRelativePath(root, f))
                .Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Null: may be the name of a file here. Else a sentence with the name and what is allowed; asks no disk.</summary>
    internal static string? ProblemOf(string name)
    {
        var isBad = name.Length is 0 or > NameCharactersMax
            || name.AsSpan().ContainsAnyInRange('\0', '\x1f') || name.Contains('\x7f') || name.Contains('\\') || name.Contains(':')
            || name.Split('/').Any(p => p is "" or "." or ".." || p[0] == '.' || p != p.Trim());
        return isBad ? $"'{Shown.Text(name)}' is not the name of a file here: allowed are names of at most {NameCharactersMax} characters in the room's own folder" : null;
    }

    private static string? Find(MediaKind kind, string path)
    {
        if (File.Exists(path)) return path;
        return Extensions(kind).Any(e => path.EndsWith(e, StringComparison.OrdinalIgnoreCase)) ? null : Extensions(kind).Select(e => path + e).FirstOrDefault(File.Exists);
    }

    private static bool IsAllowed(MediaKind kind, string path) => Extensions(kind).Contains(System.IO.Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);
}
