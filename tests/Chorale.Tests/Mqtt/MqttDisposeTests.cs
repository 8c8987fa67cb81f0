using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Chorale.Mqtt;
using static Chorale.Tests.Mqtt.ModuleLikeClient;

namespace Chorale.Tests.Mqtt;

/// <summary>Ending takes at most 2 s, whatever the network and the handlers do; a busy machine is given more before it is called broken.</summary>
public sealed class MqttDisposeTests
{
    private static readonly TimeSpan Cap = TimeSpan.FromSeconds(8);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("never started")]
    [InlineData("broker absent")]
    [InlineData("connected")]
    [InlineData("broker killed")]
    [InlineData("broker frozen")]
    [InlineData("broker frozen before the first connection")]
    [InlineData("line half-open")]
    [InlineData("black hole")]
    [InlineData("refused")]
    [InlineData("handler stuck")]
    [InlineData("announcement stuck")]
    [InlineData("while publishing")]
    public async Task It_ends_in_time(string state)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var line = new TcpFaultProxy(broker.Port);
        using var stuck = new SemaphoreSlim(0);
        var options = broker.Options with { Port = line.Port };
        if (state == "black hole") options = options with { Host = "192.0.2.1" }; // TEST-NET-1, RFC 5737: nobody answers, or the router says so
        if (state == "refused") options = options with { Tls = new MqttTls { CaFile = "/no/such/file" } };
        if (state == "broker absent") await broker.EndAsync();
        if (state == "broker frozen before the first connection") broker.Freeze();
        var client = new MqttClient(options, TimeProvider.System, broker.Log);
        if (state == "announcement stuck") client.OnConnected = _ => stuck.WaitAsync(Cancel);
        var handling = 0;
        client.Subscribe("a", 1, _ =>
        {
            Interlocked.Increment(ref handling);
            if (state == "handler stuck") stuck.Wait(Cancel);
        });
        if (state != "never started") client.Start();
        var isReachable = state is "connected" or "broker killed" or "broker frozen" or "line half-open" or "handler stuck" or "announcement stuck" or "while publishing";
        if (isReachable) await Wait.Until("connected", () => client.IsConnected);
        else if (state is "broker absent" or "refused") await Wait.Until("it has failed", () => client.LastFailure is not null);
        else if (state != "never started") await Task.Delay(TimeSpan.FromMilliseconds(300), Cancel);
        if (state == "broker killed") await broker.KillAsync();
        if (state == "broker frozen") broker.Freeze();
        if (state == "line half-open") line.Fault = LineFault.HalfOpen;
        if (state == "handler stuck")
        {
            await using var other = broker.Client();
            other.Start();
            await Wait.Until("connected", () => other.IsConnected);
            await other.PublishAsync(Text("a", "x") with { Qos = 1 }, Cancel);
            await Wait.Until("it is stuck", () => handling == 1);
        }

        var publishes = state is "while publishing" or "broker frozen" or "line half-open"
            ? Enumerable.Range(0, 500).Select(i => client.PublishAsync(new MqttMessage("b", new byte[10_000], 1), Cancel)).ToList() : [];
        var watch = Stopwatch.StartNew();
        await client.DisposeAsync();
        var took = watch.Elapsed;

        Assert.True(took < Cap, $"{took}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{state}: {took.TotalMilliseconds:0} ms");
        Assert.False(client.IsConnected);
        Assert.All(await Task.WhenAll(publishes), p => Assert.Contains(p.Outcome, new[] { MqttOutcome.Delivered, MqttOutcome.Lost }));
        Assert.Equal(MqttOutcome.NotConnected, (await client.PublishAsync(Text("a", "after the end"), Cancel)).Outcome);
        await client.DisposeAsync(); // twice is once
        stuck.Release(2);
    }

    [Fact]
    public async Task What_was_published_before_the_end_is_still_sent()
    {
        await using var broker = await TestBroker.StartAsync();
        var heard = new HeardMessages();
        await using var listener = broker.Client();
        listener.Subscribe("bye/#", 1, heard.Add);
        listener.Start();
        var client = broker.Client();
        client.Start();
        await Wait.Until("both are connected", () => client.IsConnected && listener.IsConnected);

        var publishes = Enumerable.Range(0, 10).Select(i => client.PublishAsync(Text($"bye/{i}", "x"), Cancel)).ToList();
        await client.DisposeAsync();

        Assert.All(await Task.WhenAll(publishes), p => Assert.True(p.IsDelivered, p.ToString()));
        await Wait.Until("all ten arrive", () => heard.Count == 10);
    }

    [Fact]
    public async Task A_handler_may_end_its_own_client()
    {
        await using var broker = await TestBroker.StartAsync();
        var client = broker.Client();
        var ended = new TaskCompletionSource();
        client.Subscribe("a", 1, _ =>
        {
            client.DisposeAsync().AsTask().GetAwaiter().GetResult();
            ended.SetResult();
        });
        client.Start();
        await using var other = broker.Client();
        other.Start();
        await Wait.Until("both are connected", () => client.IsConnected && other.IsConnected);
        await other.PublishAsync(Text("a", "end") with { Qos = 1 }, Cancel);

        await ended.Task.WaitAsync(Cap, Cancel);
    }

    [Fact]
    public async Task A_hundred_clients_made_and_ended_leave_no_thread_nor_descriptor_behind()
    {
        await using var broker = await TestBroker.StartAsync();
        await Round();
        var before = Descriptors();
        for (var i = 0; i < 4; i++) await Round();

        await Wait.Until("descriptors are as before", () => Descriptors() <= before + 10);

        static int Descriptors() => Directory.GetFiles("/proc/self/fd").Length;

        async Task Round()
        {
            var clients = Enumerable.Range(0, 25).Select(_ => broker.Client()).ToList();
            foreach (var client in clients) client.Start();
            await Wait.Until("all are connected", () => clients.TrueForAll(c => c.IsConnected));
            await Task.WhenAll(clients.Select(c => c.DisposeAsync().AsTask()));
        }
    }
}
