using System.Text;
using Chorale.Show.Devices;
using Chorale.Show.Feedback;
using YamlDotNet.RepresentationModel;

namespace Chorale.Tests.Devices;

public class RoomDevicesTests
{
    [Fact]
    public void The_class_of_a_node_says_how_it_answers_and_how_much_it_takes()
    {
        var room = Read(
            """
            nodes:
              Room1_Relays_Ctrl: {class: relay, topics: [light/#, room1/power/+]}
              Room1_ESP_Motory: {class: motor, topics: [motor1], timeout_ms: 1500}
              esp32_01: {generation: first, topics: [steam, devices/esp32_01/x]}
              Room1_ESP_Trigger: {class: button}
              free:
            """, out var problems);
        Assert.Empty(problems);
        Assert.Equal(new FeedbackRule(Generation.Second, TimeSpan.FromMilliseconds(700), "Room1_Relays_Ctrl"), room.RuleFor("room1/light/fire"));
        Assert.Equal(new FeedbackRule(Generation.Second, TimeSpan.FromMilliseconds(1500), "Room1_ESP_Motory"), room.RuleFor("room1/motor1"));
        Assert.Equal(new FeedbackRule(Generation.First, TimeSpan.FromSeconds(1), "esp32_01"), room.RuleFor("devices/esp32_01/x"));
        Assert.Equal(FeedbackRule.Unsaid, room.RuleFor("room1/nobody"));
        Assert.Equal(Generation.None, room.RuleFor("room1/audio").Generation);
        Assert.Equal((31, 63, 65536), (room.PayloadMaxFor("room1/power/smoke_ON"), room.PayloadMaxFor("room1/motor1"), room.PayloadMaxFor("room1/nobody")));
        Assert.Equal(["Room1_Relays_Ctrl", "Room1_ESP_Motory"], room.StoppedNodes.Select(n => n.Id));
        Assert.Equal("other1", room.NodeOf("devices/other1/x"));
    }

    [Theory]
    [InlineData("a b: {}", "nodes.a b", "1 to 64")]
    [InlineData("n: {class: lamp}", "nodes.n.class", "other, relay, motor, button, player")]
    [InlineData("n: {generation: none}", "nodes.n.generation", "first, second, both")]
    [InlineData("n: {generation: 2}", "nodes.n.generation", "first, second, both")]
    [InlineData("n: {timeout_ms: 5}", "nodes.n.timeout_ms", "10 to 60000")]
    [InlineData("n: {refresh_s: 180}", "nodes.n.refresh_s", "0 to 170")]
    [InlineData("n: {topics: [\"a/#/b\"]}", "nodes.n.topics", "# must be")]
    [InlineData("n: {momentary: {effect/smoke: soon}}", "nodes.n.momentary.effect/smoke", "0.1 to 3600")]
    [InlineData("n: {colour: red}", "nodes.n.colour", "unknown")]
    [InlineData("n: [1]", "nodes.n", "a mapping")]
    public void What_is_wrong_is_named_with_its_line_and_what_is_allowed(string line, string path, string says)
    {
        Read($"nodes:\n  {line}", out var problems);
        var problem = Assert.Single(problems);
        Assert.Equal((path, 2), (problem.Path, problem.Line));
        Assert.Contains(says, problem.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_and_words_of_the_page_come_from_devices_json()
    {
        var problems = new List<DeviceProblem>();
        var room = RoomDevices.Read("room1", null, "room.yaml", """
            {"motors":[{"id":1,"name":"Turntable","speed":70,"topic":"room1/motor1"}],
             "relays":[{"id":"r1","name":"Steam","icon":"cloud","topic":"room1/steam"},{"name":"bad"}],
             "lights":{"types":[{"id":"l","topic":"room1/light/1"}],"lights":[{"id":"l","topic":"room1/light/1"}]}, "extra": 1}
            """u8.ToArray(), problems);
        Assert.Equal(("Turntable", NodeClass.Motor), (room.Named("room1/motor1")!.Title, room.ClassOf("room1/motor1")));
        Assert.Equal(["ON:70:L", "ON:70:R", "OFF"], room.Named("room1/motor1")!.Words);
        Assert.Equal(["Steam"], room.Outputs.Where(o => o.Topic == "room1/steam").Select(o => o.Title));
        Assert.Equal("relays[1]", Assert.Single(problems).Path);
    }

    [Theory]
    [InlineData("{\"motors\":")]
    [InlineData("[]")]
    [InlineData("")]
    public void A_devices_json_that_is_none_is_a_problem_and_no_crash(string json)
    {
        var problems = new List<DeviceProblem>();
        Assert.Empty(RoomDevices.Read("room1", null, "room.yaml", Encoding.UTF8.GetBytes(json), problems).Outputs);
        Assert.Single(problems);
    }

    [Fact]
    public void A_bomb_of_a_devices_json_is_refused_bounded()
    {
        var problems = new List<DeviceProblem>();
        RoomDevices.Read("room1", null, "room.yaml", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"motors\":", 100_000))), problems);
        Assert.InRange(Assert.Single(problems).Text.Length, 1, 200);
    }

    internal static RoomDevices Read(string yaml, out List<DeviceProblem> problems)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        problems = [];
        return RoomDevices.Read("room1", (YamlMappingNode)((YamlMappingNode)stream.Documents[0].RootNode).Children[new YamlScalarNode("nodes")], "room.yaml", null, problems);
    }
}
