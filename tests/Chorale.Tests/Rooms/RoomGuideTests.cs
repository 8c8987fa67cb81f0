using Chorale.Protocol.Rooms;
using Chorale.Show.Devices;
using Chorale.Show.Feedback;
using Chorale.Show.Room;
using Chorale.Simulate;
using Chorale.Verbs;

namespace Chorale.Tests.Rooms;

/// <summary>What <c>guide/room.md</c> shows is what the program takes.</summary>
public sealed class RoomGuideTests
{
    private static readonly string Guide = File.ReadAllText(Path.Combine(Root(), "guide/room.md"));

    [Fact]
    public void The_rooms_file_of_the_guide_is_read_without_a_complaint()
    {
        using var folder = new TempFolder();
        var room = Path.Combine(folder.Path, "room1");
        Directory.CreateDirectory(room);
        var start = Guide.IndexOf("```room.yaml\n", StringComparison.Ordinal) + "```room.yaml\n".Length;
        File.WriteAllText(Path.Combine(room, "room.yaml"), Guide[start..Guide.IndexOf("```", start, StringComparison.Ordinal)]);
        var load = RoomFile.Read(room);
        Assert.Empty(load.Problems);
        var problems = new List<DeviceProblem>();
        var devices = RoomDevices.Read("room1", load.Room.Nodes, "room.yaml", null, problems);
        Assert.Empty(problems);
        Assert.Equal(4, devices.Nodes.Count);
        Assert.Equal("esp32_01", devices.NodeOf("room1/steam"));
        Assert.Equal(TimeSpan.FromSeconds(12), devices.NodeFor("room1/effect/smoke")!.Momentary["room1/effect/smoke"]);
    }

    [Fact]
    public void Every_verdict_presence_and_key_of_a_node_is_explained()
    {
        foreach (var verdict in Enum.GetValues<Verdict>().Except([Verdict.Contradicted])) Assert.Contains($"| {Words(verdict.ToString())} |", Guide, StringComparison.Ordinal);
        foreach (var presence in Enum.GetValues<DevicePresence>()) Assert.Contains(presence.ToString().ToLowerInvariant(), Guide, StringComparison.Ordinal);
        foreach (var key in new[] { "class", "generation", "timeout_ms", "topics", "momentary", "payload_max", "refresh_s" }) Assert.Contains($"| `{key}` |", Guide, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_lie_has_a_name_and_the_firmware_of_the_guide_is_the_simulated_one()
    {
        Assert.Contains("old-will", Enum.GetValues<NodeLie>().Select(SimulateNodeVerb.NameOf));
        Assert.NotNull(MotorWords.Read("ON:60:L:3000"));
        Assert.NotNull(MotorWords.Read("SPEED:80"));
        Assert.NotNull(MotorWords.Read("DIR:R"));
        Assert.Equal("OK", new SimulatedFirmware(NodeKind.Relay, false, "room1", null).Take("room1/light/1", "1", 1, TimeSpan.Zero));
    }

    private static string Words(string name) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(name).Replace('_', ' ');

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Chorale.slnx"))) folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("Chorale.slnx");
        return folder;
    }
}
