using System.Diagnostics;
using System.Text;
using Chorale.Mqtt;
using static Chorale.Tests.Mqtt.ModuleLikeClient;

namespace Chorale.Tests.Mqtt;

[Collection(MeasuredMemory.Name)]
public sealed class MqttFloodTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_flood_on_one_topic_costs_bounded_memory_and_no_other_topic_a_message()
    {
        await using var pair = await ClientPair.StartAsync();
        using var never = new SemaphoreSlim(0);
        var others = new HeardMessages();
        var lastWord = "";
        pair.Listener.Subscribe("flood/+/status", 0, m =>
        {
            if (m.Topic == "flood/quiet/status") others.Add(m);
            else if (m.Payload.Length < 100) lastWord = Encoding.UTF8.GetString(m.Payload.Span);
            else never.Wait(1, Cancel); // work that takes a millisecond: the flood is ten times faster
        });
        await Wait.Until("it is subscribed", async () =>
        {
            await pair.Speaker.PublishAsync(Text("flood/loud/status", "?") with { Qos = 1 }, Cancel);
            return lastWord == "?";
        });
        var payload = new byte[2_000];
        var before = GC.GetTotalMemory(forceFullCollection: true);
        long most = 0;
        var watch = Stopwatch.StartNew();

        for (var i = 0; i < 20; i++)
        {
            await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => pair.Speaker.PublishAsync(new MqttMessage("flood/loud/status", payload), Cancel)));
            Assert.True((await pair.Speaker.PublishAsync(Text("flood/quiet/status", $"{i}") with { Qos = 1 }, Cancel)).IsDelivered);
            most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        }

        var rate = 20_000 / watch.Elapsed.TotalSeconds;
        await pair.Speaker.PublishAsync(Text("flood/loud/status", "the last word") with { Qos = 1 }, Cancel);
        await Wait.Until("the newest of the loud ones arrives", () => lastWord == "the last word");
        TestContext.Current.TestOutputHelper?.WriteLine($"{rate:0} messages/s, {most / 1024} KiB more, {pair.Listener.Counters}");

        await Wait.Until("the quiet topic lost nothing", () => others.Count == 20);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"flood/quiet/status {i}"), others.Texts);
        Assert.True(most < 10_000_000, $"{most} bytes");
        Assert.True(pair.Listener.Counters.Dropped > 0, "nothing was dropped: this was no flood");
        await Wait.Until("the drops are reported", () => pair.Log.Lines.Any(l => l.Event == "messages_dropped" && l.Text.Contains("flood/loud/status")));
        Assert.Equal(0, pair.Listener.Counters.Reconnects);
    }
}
