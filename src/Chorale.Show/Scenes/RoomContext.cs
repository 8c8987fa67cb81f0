using Chorale.Show.Devices;
using Chorale.Show.Players;
using Chorale.Show.Room;

namespace Chorale.Show.Scenes;

/// <summary>What a room's folder says about its scenes, without a hub.</summary>
public static class RoomContext
{
    /// <summary>Reads <c>room.yaml</c>, <c>devices.json</c> and the media of a room's folder.</summary>
    /// <param name="problems">What is wrong with the room itself.</param>
    public static SceneCheckContext Read(string roomFolder, ICollection<string> problems)
    {
        var load = RoomFile.Read(roomFolder);
        foreach (var problem in load.Problems) problems.Add(problem);
        var room = load.Room;
        var found = new List<DeviceProblem>();
        var json = Path.Combine(room.Folder, DevicesJson.FileName);
        var devices = RoomDevices.Read(room.Id, room.Nodes, Path.Combine(room.Folder, RoomFile.Name), File.Exists(json) ? File.ReadAllBytes(json) : null, found);
        foreach (var problem in found) problems.Add($"{problem.File}:{problem.Line}: {problem.Path}: {problem.Text}");
        var media = new MediaFolder(room.MediaFolder);
        return new SceneCheckContext
        {
            RoomId = room.Id, HasMedia = (kind, file) => media.Has(kind == ActionKind.Audio ? MediaKind.Audio : MediaKind.Video, file),
            PayloadBytesMax = topic => devices.PayloadMaxFor(topic), HasPlayer = room.Player != PlayerKind.None,
        };
    }
}
