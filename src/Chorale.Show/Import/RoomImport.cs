using System.Security.Cryptography;
using System.Text;
using Chorale.Protocol.Rooms;
using Chorale.Show.Devices;
using Chorale.Show.Players;
using Chorale.Show.Room;
using Chorale.Show.Scenes;
using Chorale.Storage;

namespace Chorale.Show.Import;

/// <summary>
/// Takes a room over from a museum-system controller: reads its folder, writes <c>rooms/ROOM/</c>. What is there already is never replaced
/// unless asked, and a scene that is replaced is kept as a version.
/// </summary>
public static class RoomImport
{
    /// <summary>A film; copied as a stream.</summary>
    private const long MediaBytesMax = 64L * 1024 * 1024 * 1024;

    /// <param name="room">Null = the one the old settings name, or the only one there is.</param>
    public static ImportReport Run(string oldFolder, string roomsFolder, string? room, bool force, TimeProvider time)
    {
        var report = new ImportReport();
        if (OldProject.Open(oldFolder, report) is not { } project)
        {
            report.Failure = $"{oldFolder} has neither config/config.ini nor scenes/";
            return report;
        }

        var rooms = project.Rooms();
        var id = room ?? project.Setting("Room", "room_id", "id") ?? (rooms is [var only] ? only : null);
        report.Failure = id is null ? rooms.Count == 0 ? $"{oldFolder} names no room" : $"{oldFolder} has the rooms {string.Join(", ", rooms)}; name one with --room"
            : !RoomNames.IsValid(id) ? $"the room \"{Feedback.PrintableText.Of(id)}\" cannot be one: {RoomNames.Allowed}"
            : !rooms.Contains(id) && room is not null ? $"{oldFolder} has no scenes of the room {id}; it has {(rooms.Count == 0 ? "none" : string.Join(", ", rooms))}" : null;
        if (report.Failure is not null) return report;
        new Taking(project, id!, Path.Combine(Path.GetFullPath(roomsFolder), id!), force, time, report).All(rooms);
        return report;
    }

    private sealed class Taking(OldProject project, string room, string folder, bool force, TimeProvider time, ImportReport report)
    {
        private readonly MediaFolder _media = new(Path.Combine(folder, "media"));

        public void All(IReadOnlyList<string> rooms)
        {
            (report.Room, report.Folder) = (room, folder);
            var videos = Media(MediaKind.Video);
            Media(MediaKind.Audio);
            if (project.Devices(room) is { } devices) Devices(devices);
            var scenes = project.Scenes(room).Where(f => SceneFolder.NameProblem(Path.GetFileName(f)) is null).Select(f => Path.GetFileNameWithoutExtension(f)).ToList();
            var yaml = OldSettings.RoomYaml(project, room, scenes, videos, report);
            Put("settings", Path.Combine(folder, RoomFile.Name), Encoding.UTF8.GetBytes(yaml), "room.yaml");
            foreach (var file in project.Commands(room)) Command(file);

            // Last, so that the check sees the room's media and devices.
            Scenes();
            foreach (var other in rooms.Where(r => r != room)) report.Add(ImportVerdict.NotNeeded, $"room {other}", $"take it over with --room {other}");
        }

        private void Scenes()
        {
            var context = RoomContext.Read(folder, []);
            var scenes = new SceneFolder(Path.Combine(folder, "scenes"), time);
            foreach (var file in project.Scenes(room))
            {
                var (what, name) = (project.Relative(file), Path.GetFileName(file));
                if (SceneFolder.NameProblem(name) is { } problem)
                {
                    report.Add(ImportVerdict.NotUnderstood, Feedback.PrintableText.Of(what), "the name " + problem);
                    continue;
                }

                if (Bytes(file) is not { } bytes) continue;
                var load = SceneCheck.CheckFile(bytes, name, context);
                var note = load.Errors > 0 ? $"does not run, errors: {load.Errors}; chorale scene check names them" : load.Warnings > 0 ? $"runs, warnings: {load.Warnings}; chorale scene check names them" : "good";
                Put(what, Path.Combine(scenes.Path, name), bytes, note, () => scenes.Save(name, bytes));
            }
        }

        private void Command(string file)
        {
            if (Bytes(file) is not { } bytes) return;
            var errors = CommandFile.Check(bytes, Path.GetFileName(file)).Where(p => p.Severity == Severity.Error).ToList();
            if (errors is [var first, ..]) report.Add(ImportVerdict.NotUnderstood, project.Relative(file), $"{first.Path} line {first.Line}: {first.Text} [{first.RuleId}]");
            else if (SceneFolder.NameProblem(Path.GetFileName(file)) is { } problem) report.Add(ImportVerdict.NotUnderstood, project.Relative(file), "the name " + problem);
            else Put(project.Relative(file), Path.Combine(folder, "commands", Path.GetFileName(file)), bytes, "");
        }

        private void Devices(string file)
        {
            if (Bytes(file) is not { } bytes) return;
            var problems = new List<DeviceProblem>();
            var outputs = DevicesJson.Read(bytes, problems);
            foreach (var problem in problems) report.Add(ImportVerdict.NotUnderstood, $"{project.Relative(file)} {problem.Path}", problem.Text);
            if (outputs.Count > 0) Put(project.Relative(file), Path.Combine(folder, DevicesJson.FileName), bytes, $"outputs: {outputs.Count}");
        }

        private byte[]? Bytes(string file)
        {
            if (new FileInfo(file).Length <= SceneLimits.FileBytesMax) return File.ReadAllBytes(file);
            report.Add(ImportVerdict.NotUnderstood, project.Relative(file), $"longer than the {SceneLimits.FileBytesMax} bytes that are read of a scene, devices or commands");
            return null;
        }

        private List<string> Media(MediaKind kind)
        {
            var names = new List<string>();
            foreach (var file in project.Media(room, kind == MediaKind.Audio))
            {
                var (what, name) = (project.Relative(file), Path.GetFileName(file));
                if (name[0] == '.' || names.Contains(name)) continue;
                if (MediaFolder.ProblemOf(name) is { } problem) report.Add(ImportVerdict.NotUnderstood, Feedback.PrintableText.Of(what), problem);
                else if (!MediaFolder.Extensions(kind).Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase)) report.Add(ImportVerdict.NotUnderstood, what, $"no {(kind == MediaKind.Audio ? "sound" : "film or picture")} by its extension");
                else if (new FileInfo(file).Length > MediaBytesMax) report.Add(ImportVerdict.NotUnderstood, what, "longer than 64 GiB");
                else
                {
                    Copy(file, what, Path.Combine(_media.FolderOf(kind), name));
                    names.Add(name);
                }
            }

            return names;
        }

        private void Copy(string file, string what, string target)
        {
            if (File.Exists(target) && IsSame(file, target))
            {
                report.Add(ImportVerdict.Same, what);
                return;
            }

            if (File.Exists(target) && !force)
            {
                report.Add(ImportVerdict.Kept, what, $"{target} is another one");
                return;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            var part = target + ".part";
            using (var to = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None))
            using (var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read))
            {
                from.CopyTo(to);
                to.Flush(flushToDisk: true);
            }

            DurableFile.Rename(part, target);
            report.Add(ImportVerdict.Taken, what);
        }

        private void Put(string what, string target, byte[] bytes, string note, Action? save = null)
        {
            if (new FileInfo(target) is { Exists: true } there && there.Length == bytes.Length && File.ReadAllBytes(target).AsSpan().SequenceEqual(bytes))
            {
                report.Add(ImportVerdict.Same, what, note);
                return;
            }

            if (File.Exists(target) && !force)
            {
                report.Add(ImportVerdict.Kept, what, $"{target} is another one");
                return;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (save is not null && new FileInfo(target).LinkTarget is not null)
            {
                report.Add(ImportVerdict.Kept, what, $"{target} is a link, and links are not written");
                return;
            }

            if (save is not null) save();
            else DurableFile.Write(target, bytes);
            report.Add(ImportVerdict.Taken, what, note);
        }

        private static bool IsSame(string a, string b)
        {
            if (new FileInfo(a).Length != new FileInfo(b).Length) return false;
            using var first = File.OpenRead(a);
            using var second = File.OpenRead(b);
            return SHA256.HashData(first).AsSpan().SequenceEqual(SHA256.HashData(second));
        }
    }
}
