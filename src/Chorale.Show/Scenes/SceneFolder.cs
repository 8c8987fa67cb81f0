using System.Globalization;
using Chorale.Show.Feedback;
using Chorale.Storage;

namespace Chorale.Show.Scenes;

/// <param name="Name">Without <c>.json</c>.</param>
public sealed record SceneEntry(string Name, string? Description, DateTimeOffset ModifiedAt, long Bytes, int Errors, int Warnings);

/// <summary>The scenes of one room: <c>*.json</c> of one folder, and what they were before in <c>.versions/NAME/</c>.</summary>
/// <remarks>Thread-safe; does I/O, so never on the engine's thread. A name that is not a plain file name of this folder does not exist.</remarks>
public sealed class SceneFolder(string folder, TimeProvider time, Func<SceneCheckContext>? context = null)
{
    /// <summary>Versions kept of each scene; a scene is some kB, so 50 of 100 scenes are some tens of MB at worst.</summary>
    public const int VersionsMax = 50;

    /// <summary>Scenes listed; a room has a dozen.</summary>
    private const int ScenesMax = 1000;
    /// <summary>Media and devices change too, and with them the problems of a scene that did not.</summary>
    private static readonly TimeSpan KnownFor = TimeSpan.FromSeconds(30);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Known> _known = [];

    public string Path { get; } = System.IO.Path.GetFullPath(folder);

    /// <summary>Null = fine; else why no scene can have this name. <c>.json</c> at the end is allowed.</summary>
    public static string? NameProblem(string name)
    {
        if (string.IsNullOrWhiteSpace(name) || Bare(name).Length == 0) return "is empty";
        if (name.Length > SceneLimits.NameCharsMax) return $"is longer than {SceneLimits.NameCharsMax} characters";
        if (name.Any(char.IsControl)) return "has control characters in it";
        if (name.AsSpan().ContainsAny('/', '\\') || name[0] == '.') return "is not the name of a file in the room's scenes; a plain name is wanted, without folders";
        return Bare(name).Trim() != Bare(name) ? "begins or ends with a space" : null;
    }

    /// <summary>All scenes by name, with their problems; a file is read again when its time or size changed, and every half minute.</summary>
    public IReadOnlyList<SceneEntry> List()
    {
        var folder = new DirectoryInfo(Path);
        if (!folder.Exists) return [];
        var entries = new List<SceneEntry>();
        lock (_gate)
        {
            foreach (var file in folder.EnumerateFiles("*.json").Where(f => NameProblem(f.Name) is null && IsInside(f)).OrderBy(f => f.Name, StringComparer.Ordinal).Take(ScenesMax))
                entries.Add(Look(file));
            foreach (var gone in _known.Keys.Except(entries.Select(e => e.Name + ".json")).ToList()) _known.Remove(gone);
        }

        return entries;
    }

    /// <summary>Reads and checks a scene; null = there is none of that name.</summary>
    public SceneLoad? Open(string name)
    {
        if (Bytes(name) is not { } bytes) return null;
        return SceneCheck.CheckFile(bytes, Bare(name) + ".json", context?.Invoke());
    }

    /// <summary>The file as it is; null = there is none of that name.</summary>
    public byte[]? Bytes(string name)
    {
        if (Find(name) is not { } file) return null;
        try
        {
            // A byte past the limit is enough for the reader to say that it is too long.
            using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[Math.Min(stream.Length, SceneLimits.FileBytesMax + 1)];
            return bytes[..stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null; // deleted this instant
        }
    }

    /// <summary>Replaces a scene as a whole; what was there is kept as a version.</summary>
    /// <exception cref="ArgumentException">The name cannot be one, or the file is too long.</exception>
    /// <exception cref="IOException">The disk is full or failing; the old scene stands.</exception>
    public void Save(string name, ReadOnlySpan<byte> bytes) => TrySave(name, bytes, isAsSeen: null);

    /// <summary>The same, if what is there now (null: nothing) is what the caller has seen.</summary>
    /// <param name="isAsSeen">Null: whatever it is.</param>
    /// <returns>False: it is not, and stands as it is.</returns>
    public bool TrySave(string name, ReadOnlySpan<byte> bytes, Func<byte[]?, bool>? isAsSeen)
    {
        if (NameProblem(name) is { } problem) throw new ArgumentException($"the scene name \"{PrintableText.Of(name)}\" {problem}", nameof(name));
        if (bytes.Length > SceneLimits.FileBytesMax) throw new ArgumentException($"{bytes.Length} bytes are more than the {SceneLimits.FileBytesMax} of a scene", nameof(bytes));
        lock (_gate)
        {
            Directory.CreateDirectory(Path);
            var path = System.IO.Path.Combine(Path, Bare(name) + ".json");
            if (new FileInfo(path) is { LinkTarget: not null }) throw new ArgumentException($"the scene \"{PrintableText.Of(name)}\" is a link to another file; links are not written", nameof(name));
            if (isAsSeen is not null && !isAsSeen(Bytes(name))) return false;
            if (File.Exists(path))
            {
                if (new FileInfo(path).Length == bytes.Length && bytes.SequenceEqual(File.ReadAllBytes(path))) return true;
                Keep(Bare(name), path);
            }

            DurableFile.Write(path, bytes);
            return true;
        }
    }

    /// <summary>Kept versions of a scene, the newest first, as paths.</summary>
    public IReadOnlyList<string> Versions(string name)
    {
        if (NameProblem(name) is not null) return [];
        var folder = VersionFolder(Bare(name));
        return Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.json").OrderDescending(StringComparer.Ordinal)] : [];
    }

    private static string Bare(string name) => name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? name[..^5] : name;

    private string VersionFolder(string bare) => System.IO.Path.Combine(Path, ".versions", bare);

    private void Keep(string bare, string path)
    {
        var folder = Directory.CreateDirectory(VersionFolder(bare)).FullName;
        var stamp = time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd'T'HHmmss'.'ffffff'Z'", CultureInfo.InvariantCulture);
        var version = System.IO.Path.Combine(folder, stamp + ".json");
        if (new FileInfo(path).Length <= SceneLimits.FileBytesMax) DurableFile.Write(version, File.ReadAllBytes(path));
        else DurableFile.Rename(path, version); // too long to be a scene, and to be held in memory
        foreach (var old in Versions(bare).Skip(VersionsMax)) File.Delete(old);
    }

    /// <summary>A file of this folder, or a link that stays in it.</summary>
    private FileInfo? Find(string name)
    {
        if (NameProblem(name) is not null) return null;
        var file = new FileInfo(System.IO.Path.Combine(Path, Bare(name) + ".json"));
        return file.Exists && IsInside(file) ? file : null;
    }

    private bool IsInside(FileInfo file)
    {
        if (file.LinkTarget is null) return true;
        try
        {
            return file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true } target && target.DirectoryName == Path;
        }
        catch (IOException)
        {
            return false; // a circle of links
        }
    }

    private SceneEntry Look(FileInfo file)
    {
        var stamp = (file.LastWriteTimeUtc, file.Length);
        if (_known.TryGetValue(file.Name, out var known) && known.Stamp == stamp && time.GetElapsedTime(known.Looked) < KnownFor) return known.Entry;
        var load = Open(file.Name);
        var entry = new SceneEntry(Bare(file.Name), load?.Scene?.Description, file.LastWriteTimeUtc, file.Length, load?.Errors ?? 0, load?.Warnings ?? 0);
        _known[file.Name] = new Known(stamp, time.GetTimestamp(), entry);
        return entry;
    }

    private sealed record Known((DateTime Written, long Bytes) Stamp, long Looked, SceneEntry Entry);
}
