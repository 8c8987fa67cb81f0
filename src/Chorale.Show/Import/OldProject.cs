using Chorale.Protocol.Rooms;

namespace Chorale.Show.Import;

/// <summary>Where a museum-system controller keeps its things: <c>config/</c>, <c>scenes/ROOM/</c> with commands, sounds and films in it.</summary>
/// <remarks>Links are not followed: nothing outside the given folder is read.</remarks>
internal sealed class OldProject
{
    /// <summary>Files of one kind; a room has some dozens.</summary>
    public const int FilesMax = 10_000;

    private const long ConfigBytesMax = 1_000_000;
    private static readonly string[] Roots = ["", "raspberry_pi", "raspberry-pi"];
    private static readonly string[] IniFiles = ["config/config.ini", "config.ini"];
    private static readonly EnumerationOptions Flat = new() { AttributesToSkip = FileAttributes.ReparsePoint };

    private OldProject(string root, IReadOnlyList<IniValue> settings) => (Root, Settings) = (root, settings);

    public string Root { get; }

    public IReadOnlyList<IniValue> Settings { get; }

    /// <summary>Null = this is no such folder.</summary>
    public static OldProject? Open(string folder, ImportReport report)
    {
        foreach (var root in Roots.Select(r => Path.GetFullPath(Path.Combine(folder, r))))
        {
            var ini = IniFiles.Select(f => Path.Combine(root, f)).FirstOrDefault(IsOwnFile);
            if (ini is null && !Directory.Exists(Path.Combine(root, "scenes"))) continue;
            var problems = new List<string>();
            var settings = ini is null ? [] : Read(ini, problems);
            foreach (var problem in problems) report.Add(ImportVerdict.NotUnderstood, Path.GetRelativePath(folder, ini!), problem);
            return new OldProject(root, settings);
        }

        return null;
    }

    public string? Setting(string section, params ReadOnlySpan<string> keys)
    {
        foreach (var value in Settings)
        {
            if (value.Section.Equals(section, StringComparison.OrdinalIgnoreCase) && keys.Contains(value.Key) && value.Value.Length > 0) return value.Value;
        }

        return null;
    }

    /// <summary>Rooms that have a folder of scenes.</summary>
    public IReadOnlyList<string> Rooms() =>
        Folder(Setting("Scenes", "directory") ?? "scenes") is { } scenes
            ? [.. Directory.EnumerateDirectories(scenes, "*", Flat).Select(f => Path.GetFileName(f)).Where(n => RoomNames.IsValid(n) && n != "commands").Order(StringComparer.Ordinal)]
            : [];

    public IEnumerable<string> Scenes(string room) => Files(RoomFolder(room), "*.json").Where(f => Path.GetFileName(f) != "devices.json");

    public IEnumerable<string> Commands(string room) =>
        new[] { Inside(RoomFolder(room), "commands"), Inside(Folder(Setting("Scenes", "directory") ?? "scenes"), "commands") }.SelectMany(f => Files(f, "*.json"));

    public string? Devices(string room) =>
        new[] { Path.Combine(Root, "config", "rooms", room, "devices.json"), Path.Combine(RoomFolder(room) ?? Root, "devices.json"), Path.Combine(Root, "config", "devices.json") }.FirstOrDefault(IsOwnFile);

    public IEnumerable<string> Media(string room, bool isAudio)
    {
        var names = isAudio ? new[] { Setting("Audio", "directory"), "audio" } : [Setting("Video", "directory"), "videos", "video"];
        var folders = names.Where(n => n is not null).Distinct().SelectMany(n => new[] { Inside(RoomFolder(room), n!), Folder(n!) }).Where(f => f is not null).Distinct();
        return folders.SelectMany(f => Files(f, "*"));
    }

    public string Relative(string path) => Path.GetRelativePath(Root, path);

    private static List<IniValue> Read(string ini, List<string> problems)
    {
        if (new FileInfo(ini).Length > ConfigBytesMax)
        {
            problems.Add($"is longer than {ConfigBytesMax} bytes");
            return [];
        }

        using var text = File.OpenText(ini);
        return [.. IniFile.Read(text, problems)];
    }

    private static bool IsOwnFile(string path) => new FileInfo(path) is { Exists: true, LinkTarget: null };

    private static IEnumerable<string> Files(string? folder, string pattern) =>
        folder is null ? [] : Directory.EnumerateFiles(folder, pattern, Flat).Take(FilesMax).Order(StringComparer.Ordinal);

    private static string? Inside(string? folder, string name) => folder is null ? null : Confined(folder, Path.Combine(folder, name));

    private string? RoomFolder(string room) => Inside(Folder(Setting("Scenes", "directory") ?? "scenes"), room);

    private string? Folder(string name) => Confined(Root, Path.Combine(Root, name));

    /// <summary>A setting may name any folder; only those within the project are looked into.</summary>
    private static string? Confined(string root, string path)
    {
        path = Path.GetFullPath(path);
        return path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal) && new DirectoryInfo(path) is { Exists: true, LinkTarget: null } ? path : null;
    }
}
