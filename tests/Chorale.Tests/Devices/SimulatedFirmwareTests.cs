using Chorale.Simulate;

namespace Chorale.Tests.Devices;

public class SimulatedFirmwareTests
{
    [Theory]
    [InlineData("light/fire", "ON", "OK")]
    [InlineData("light/fire", "on", "OK")]
    [InlineData("light/fire", "1", "OK")]
    [InlineData("light/fire", "True", "ERROR")]
    [InlineData("light/fire", "ON ", "ERROR")]
    [InlineData("effects/group1", "START", "ACTIVE")]
    [InlineData("effects/group1", "0", "INACTIVE")]
    [InlineData("effects/group1", "DANCE", null)]
    [InlineData("nothing/here", "ON", null)]
    [InlineData("light/fire", "ON.............................", "ERROR")]
    [InlineData("light/fire", "ON..............................", null)]
    public void A_relay_node_answers_as_the_real_one(string topic, string payload, string? answer) =>
        Assert.Equal(answer, Node(NodeKind.Relay).Take("room1/" + topic, payload, payload.Length, TimeSpan.Zero));

    [Theory]
    [InlineData("ON:60:L", "OK")]
    [InlineData("ON:60:L:3000", "OK")]
    [InlineData("ON:101:L", "ERROR")]
    [InlineData("on:60:l", "ERROR")]
    [InlineData("SPEED:10", "OK")]
    [InlineData("DIR:R", "OK")]
    [InlineData("OFF", "OK")]
    [InlineData("ON", "ERROR")]
    public void A_motor_node_answers_as_the_real_one(string payload, string answer) =>
        Assert.Equal(answer, Node(NodeKind.Motor).Take("room1/motor1", payload, payload.Length, TimeSpan.Zero));

    [Fact]
    public void Smoke_ends_after_twelve_seconds_and_everything_after_three_minutes_of_silence()
    {
        var node = Node(NodeKind.Relay);
        node.Take("room1/effect/smoke", "ON", 2, TimeSpan.Zero);
        node.Take("room1/light/1", "ON", 2, TimeSpan.Zero);
        node.Advance(TimeSpan.FromSeconds(12));
        Assert.Equal(["room1/light/1"], node.On.Keys);
        node.Advance(TimeSpan.FromSeconds(179));
        Assert.Single(node.On);
        node.Advance(TimeSpan.FromSeconds(180));
        Assert.Empty(node.On);
    }

    [Fact]
    public void STOP_drops_everything_whatever_it_says()
    {
        var node = Node(NodeKind.Relay);
        node.Take("room1/light/1", "ON", 2, TimeSpan.Zero);
        Assert.Equal("OK", node.Take("room1/STOP", "whatever", 8, TimeSpan.Zero));
        Assert.Empty(node.On);
    }

    private static SimulatedFirmware Node(NodeKind kind) => new(kind, isFirstGeneration: false, "room1", null);
}
