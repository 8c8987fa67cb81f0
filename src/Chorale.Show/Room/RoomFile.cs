using Chorale.Protocol.Chunks;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Chorale.Show.Room;

/// <summary>A room, or everything that is wrong with its file.</summary>
public sealed record RoomLoad(RoomSettings Room, IReadOnlyList<string> Problems);

/// <summary>Reads <c>room.yaml</c>. A room without the file has the defaults; one with problems keeps the defaults for what could not be read.</summary>
public static class RoomFile
{
    public const string Name = "room.yaml";

    public static readonly IReadOnlyList<string> Keys =
    [
        "title", "default_scene", "ambient", "on_trigger", "on_broker_loss", "on_feedback_failure", "on_return", "player", "audio_device", "video_output",
        "idle_image", "buttons", "nodes",
    ];

    /// <summary>Every folder in <paramref name="rooms"/> that is named as a room may be.</summary>
    public static IReadOnlyList<RoomLoad> ReadAll(string rooms) =>
        [.. Directory.EnumerateDirectories(rooms).Where(f => Path.GetFileName(f)[0] != '.').Order(StringComparer.Ordinal).Select(Read)];

    public static RoomLoad Read(string folder)
    {
        var (id, file) = (Path.GetFileName(Path.GetFullPath(folder)), Path.Combine(folder, Name));
        var reader = new RoomFileValues(file);
        var room = new RoomSettings { Id = id, Folder = Path.GetFullPath(folder), Title = id };
        if (id == "devices") reader.Problems.Add($"{folder}: a room cannot be called devices: its topics would be those of the devices' own status");
        if (!RecorderId.IsValid(id)) reader.Problems.Add($"{folder}: the folder of a room is named with 1 to 64 of A-Z a-z 0-9 _ -");
        if (!File.Exists(file)) return new RoomLoad(room, reader.Problems);
        var yaml = new YamlStream();
        try
        {
            using var text = File.OpenText(file);
            yaml.Load(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or YamlException)
        {
            return new RoomLoad(room, [.. reader.Problems, $"{file}: {e.Message}"]);
        }

        if (yaml.Documents.Count == 0) return new RoomLoad(room, reader.Problems);
        if (yaml.Documents[0].RootNode is not YamlMappingNode map) return new RoomLoad(room, [.. reader.Problems, $"{file}: `key: value` lines are expected"]);
        foreach (var (key, value) in map.Children) room = Take(room, reader, (key as YamlScalarNode)?.Value ?? "", key, value);
        return new RoomLoad(room, reader.Problems);
    }

    private static RoomSettings Take(RoomSettings room, RoomFileValues reader, string name, YamlNode key, YamlNode value)
    {
        switch (name)
        {
            case "title": return room with { Title = reader.Text(name, value) ?? room.Title };
            case "default_scene": return room with { DefaultScene = reader.SceneName(name, value) };
            case "ambient": return room with { Ambient = reader.SceneName(name, value) };
            case "on_trigger": return room with { OnTrigger = reader.Word(name, value, room.OnTrigger) };
            case "on_broker_loss": return room with { OnBrokerLoss = reader.Word(name, value, room.OnBrokerLoss) };
            case "on_feedback_failure": return room with { OnFeedbackFailure = reader.Failure(name, value) };
            case "on_return": return room with { OnReturn = reader.Word(name, value, room.OnReturn) };
            case "player": return room with { Player = reader.Word(name, value, room.Player) };
            case "audio_device": return room with { AudioDevice = reader.Text(name, value) };
            case "video_output": return room with { VideoOutput = reader.Text(name, value) };
            case "idle_image": return room with { IdleImage = reader.Text(name, value) };
            case "buttons": return room with { Buttons = reader.Buttons(name, value, room.Id) };
            case "nodes" when value is YamlMappingNode nodes: return room with { Nodes = nodes };
            case "nodes":
                reader.Wrong(name, value, "a mapping of device ids is expected");
                return room;
            default:
                reader.Wrong(name, key, $"is not a key of a room; known are {string.Join(", ", Keys)}");
                return room;
        }
    }
}
