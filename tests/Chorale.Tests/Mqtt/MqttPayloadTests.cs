using System.Text;
using Chorale.Mqtt;
using static Chorale.Tests.Mqtt.ModuleLikeClient;

namespace Chorale.Tests.Mqtt;

public sealed class MqttPayloadTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Empty_large_and_not_UTF8_payloads_arrive_as_they_were_sent()
    {
        await using var pair = await ClientPair.StartAsync();
        var megabyte = new byte[1 << 20];
        new Random(7).NextBytes(megabyte);
        byte[][] payloads = [[], [0], [0xff, 0xfe, 0x80], megabyte, Encoding.UTF8.GetBytes("{\"ü\":\"€😀\"}"), [.. Enumerable.Repeat((byte)'[', 60_000)]];
        foreach (var payload in payloads)
        {
            foreach (var qos in new[] { 0, 1 }) Assert.True((await pair.Speaker.PublishAsync(new MqttMessage("base/x/data", payload, qos), Cancel)).IsDelivered);
        }

        await Wait.Until("all arrive", () => pair.Heard.Count == 2 * payloads.Length);
        Assert.Equal(payloads.SelectMany(p => new[] { p, p }), pair.Heard.All.Select(m => m.Payload.ToArray()));
        Assert.Equal(0, pair.Listener.Counters.Oversized);
    }

    [Fact]
    public async Task What_is_larger_than_the_limit_is_counted_and_never_reaches_a_handler_nor_much_memory()
    {
        await using var pair = await ClientPair.StartAsync(new BrokerSettings { MessageBytesMax = 64 << 20 }, o => o with { PayloadBytesMax = 64 * 1024 });
        await pair.Speaker.PublishAsync(new MqttMessage("base/x/data", new byte[100_000], 1), Cancel); // we are asked, and decline
        await pair.Speaker.PublishAsync(new MqttMessage("base/x/data", new byte[30_000_000], 1), Cancel); // the broker does not even send it
        await pair.Speaker.PublishAsync(Text("base/x/data", "after"), Cancel);

        await Wait.Until("the next message arrives", () => pair.Heard.Count == 1);
        Assert.Equal("base/x/data after", pair.Heard.Texts[0]);
        Assert.Equal((1, 2), (pair.Listener.Counters.Oversized, pair.Listener.Counters.Received));
        Assert.Equal(0, pair.Listener.Counters.Reconnects);
    }

    [Fact]
    public async Task What_the_broker_will_not_take_is_refused_and_the_connection_stays()
    {
        await using var pair = await ClientPair.StartAsync(new BrokerSettings { MessageBytesMax = 1 << 20 });

        var tooLarge = await pair.Speaker.PublishAsync(new MqttMessage("base/x/data", new byte[3 << 20], 1), Cancel);

        Assert.Equal(MqttOutcome.Refused, tooLarge.Outcome);
        Assert.Contains("larger", tooLarge.Reason);
        Assert.True((await pair.Speaker.PublishAsync(Text("base/x/data", "small") with { Qos = 1 }, Cancel)).IsDelivered);
    }

    [Fact]
    public async Task Properties_of_MQTT_5_travel_with_the_message()
    {
        await using var pair = await ClientPair.StartAsync();
        var before = TimeProvider.System.GetTimestamp();
        await pair.Speaker.PublishAsync(Text("base/x/command", "go") with { Qos = 1, Correlation = [0, 1, 255], ResponseTopic = "base/x/respönse", Expiry = TimeSpan.FromSeconds(29.3) }, Cancel);

        await Wait.Until("it arrives", () => pair.Heard.Count == 1);
        var got = pair.Heard.All[0];
        Assert.Equal([0, 1, 255], got.Correlation);
        Assert.Equal("base/x/respönse", got.ResponseTopic);
        Assert.InRange(got.Expiry!.Value.TotalSeconds, 25, 30);
        Assert.True(got.ReceivedStamp >= before);
    }

    [Fact]
    public async Task Nobody_hears_their_own_words_and_everyone_else_does()
    {
        await using var pair = await ClientPair.StartAsync();
        await pair.Listener.PublishAsync(Text("base/me/status", "echo?") with { Qos = 1 }, Cancel);
        await pair.Speaker.PublishAsync(Text("base/you/status", "hello") with { Qos = 1 }, Cancel);

        await Wait.Until("the other one is heard", () => pair.Heard.Count > 0);
        Assert.Equal(["base/you/status hello"], pair.Heard.Texts);
    }

    [Fact]
    public async Task A_handler_that_throws_costs_its_own_message_only()
    {
        await using var pair = await ClientPair.StartAsync();
        pair.Listener.Subscribe("base/bad/#", 0, _ => throw new InvalidOperationException("no"));
        await Wait.Until("it has thrown", async () =>
        {
            await pair.Speaker.PublishAsync(Text("base/bad/status", "1") with { Qos = 1 }, Cancel);
            return pair.Listener.Counters.HandlerFailures > 1;
        });
        await pair.Speaker.PublishAsync(Text("base/good/status", "2") with { Qos = 1 }, Cancel);

        await Wait.Until("the next one was handled", () => pair.Heard.Texts.Contains("base/good/status 2"));
        Assert.Contains(pair.Log.Lines, l => l.Event == "message_handler_failed" && l.Exception is InvalidOperationException && l.Text.Contains("base/bad/status"));
    }

    [Fact]
    public async Task Filters_that_overlap_hand_a_message_to_each_handler_once()
    {
        await using var pair = await ClientPair.StartAsync();
        HeardMessages narrow = new(), wide = new();
        pair.Listener.Subscribe("base/+/status", 1, narrow.Add);
        pair.Listener.Subscribe("#", 0, wide.Add);
        await Wait.Until("all are subscribed", async () =>
        {
            await pair.Speaker.PublishAsync(Text("elsewhere", "?") with { Qos = 1 }, Cancel);
            return wide.Count > 0;
        });
        await pair.Speaker.PublishAsync(Text("base/x/status", "1") with { Qos = 1 }, Cancel);
        await pair.Speaker.PublishAsync(Text("base/x/status", "end") with { Qos = 1 }, Cancel);

        await Wait.Until("the end is heard", () => new[] { pair.Heard, narrow, wide }.All(h => h.Texts.Contains("base/x/status end")));
        foreach (var heard in new[] { pair.Heard, narrow, wide }) Assert.Single(heard.Texts, t => t == "base/x/status 1");
    }

    [Fact]
    public async Task A_subscription_made_while_connected_hears_from_then_on_and_after_a_reconnect()
    {
        await using var pair = await ClientPair.StartAsync();
        var late = new HeardMessages();
        pair.Listener.Subscribe("other/+", 1, late.Add);
        await Wait.Until("it is subscribed", async () =>
        {
            await pair.Speaker.PublishAsync(Text("other/x", "1") with { Qos = 1 }, Cancel);
            return late.Count > 0;
        });

        await pair.Broker.KillAsync();
        await pair.Broker.RestartAsync();
        await Wait.Until("both are back", () => pair.Listener.Counters.Reconnects == 1 && pair.Listener.IsConnected && pair.Speaker.Counters.Reconnects == 1 && pair.Speaker.IsConnected);
        await pair.Speaker.PublishAsync(Text("other/x", "2") with { Qos = 1 }, Cancel);
        await Wait.Until("it hears again", () => late.Texts.Contains("other/x 2"));
    }

    [Fact]
    public async Task Ten_thousand_publishes_at_once_are_taken_or_refused_and_all_end()
    {
        await using var pair = await ClientPair.StartAsync(new BrokerSettings { QueuedMessagesMax = 0 }); // its usual thousand is soon full where the listener is given no time

        var ends = await Task.WhenAll(Enumerable.Range(0, 10_000).Select(i => pair.Speaker.PublishAsync(Text($"base/{i}/status", "x") with { Qos = 1 }, Cancel)));

        var delivered = ends.Count(e => e.IsDelivered);
        Assert.InRange(delivered, 4_096, 10_000);
        Assert.All(ends.Where(e => !e.IsDelivered), e => Assert.Equal(MqttOutcome.Backlogged, e.Outcome));
        await Wait.Until("what was taken has arrived, or is counted", () => pair.Heard.Count + pair.Listener.Counters.Dropped == delivered);
    }

    [Fact]
    public async Task A_publish_that_is_given_up_before_it_was_sent_is_not_sent()
    {
        await using var pair = await ClientPair.StartAsync();
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pair.Speaker.PublishAsync(Text("base/x/status", "no"), gone.Token));
        await pair.Speaker.PublishAsync(Text("base/x/status", "yes") with { Qos = 1 }, Cancel);

        await Wait.Until("the next one arrives", () => pair.Heard.Count == 1);
        Assert.Equal("base/x/status yes", pair.Heard.Texts[0]);
    }

    [Theory]
    [InlineData("a/+/b")]
    [InlineData("#")]
    [InlineData("")]
    [InlineData("a\0b")]
    public async Task Topics_that_are_none_are_refused_before_they_reach_the_network(string topic)
    {
        await using var client = new MqttClient(new MqttOptions(), TimeProvider.System, new TestLog());
        await Assert.ThrowsAsync<ArgumentException>(() => client.PublishAsync(Text(topic, "x"), Cancel));
    }
}
