using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Chorale.Mqtt;
using Chorale.TestKit;

namespace Chorale.Bench.Mqtt;

/// <summary>Round trips over a real mosquitto on loopback, beside a bare TCP echo and mosquitto's own client; and how fast we are back.</summary>
internal static class MqttBench
{
    private const int Rounds = 5_000;
    private const int Bulk = 20_000;
    private const int Outages = 10;
    private static readonly byte[] Command = Encoding.UTF8.GetBytes("""{"command":"start","request_id":"a1","duration":null,"recording_id":"s7"}""");

    public static async Task RunAsync()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var master = broker.Client();
        await using var module = broker.Client();
        var answered = new SemaphoreSlim(0);
        long arrivedStamp = 0;
        module.Subscribe("b/m/command", 1, m =>
        {
            Volatile.Write(ref arrivedStamp, Stopwatch.GetTimestamp());
            _ = module.PublishAsync(new MqttMessage("b/m/response", m.Payload, 1));
        });
        master.Subscribe("b/+/response", 1, _ => answered.Release());
        master.Start();
        module.Start();
        await Wait.Until("both are connected", () => master.IsConnected && module.IsConnected);

        var table = new Table("what", "p50 ms", "p99 ms", "max ms");
        Add(table, "bare TCP echo, 80 bytes", await EchoAsync());
        Add(table, "publish QoS 1 -> PUBACK", await TimesAsync(async () => Require(await master.PublishAsync(new MqttMessage("b/x/data", Command, 1)))));
        List<double> oneWay = [];
        var roundTrip = await TimesAsync(async () =>
        {
            var begun = Stopwatch.GetTimestamp();
            var sent = master.PublishAsync(new MqttMessage("b/m/command", Command, 1));
            await answered.WaitAsync();
            oneWay.Add(Stopwatch.GetElapsedTime(begun, Volatile.Read(ref arrivedStamp)).TotalMilliseconds);
            Require(await sent);
        });
        Add(table, "command -> the module's handler", oneWay);
        Add(table, "command -> response in the master's handler", roundTrip);
        Add(table, $"broker listens again -> connected, {Outages} kills", await OutagesAsync(broker, master));
        table.Print();

        Console.WriteLine();
        var bulk = new Table("20,000 publishes of QoS 1, 74 bytes", "messages/s");
        bulk.Add("ours, 500 unacknowledged at a time", await BulkAsync(master));
        bulk.Add("mosquitto_pub -q 1 -l (20 at a time)", await TheirsAsync(broker.Port));
        bulk.Print();
    }

    private static async Task<List<double>> TimesAsync(Func<Task> act)
    {
        var times = new List<double>(Rounds);
        for (var i = 0; i < Rounds / 10; i++) await act(); // warm
        for (var i = 0; i < Rounds; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            await act();
            times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }

        return times;
    }

    private static async Task<List<double>> EchoAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, ((IPEndPoint)listener.LocalEndpoint).Port);
        using var server = await listener.AcceptTcpClientAsync();
        server.NoDelay = true;
        var echo = server.GetStream().CopyToAsync(server.GetStream());
        var buffer = new byte[80];
        var times = await TimesAsync(async () =>
        {
            await client.GetStream().WriteAsync(buffer);
            await client.GetStream().ReadExactlyAsync(buffer);
        });
        client.Close();
        await echo;
        return times;
    }

    private static async Task<List<double>> OutagesAsync(TestBroker broker, MqttClient client)
    {
        List<double> times = [];
        for (var i = 0; i < Outages; i++)
        {
            await broker.KillAsync();
            // Longer than the pause after connections that were cut so soon, and each time a little more: the return falls anywhere between two tries.
            await Task.Delay(TimeSpan.FromMilliseconds(5_600 + (i * 70)));
            await broker.RestartAsync();
            var begun = Stopwatch.GetTimestamp();
            while (!client.IsConnected) await Task.Delay(1);
            times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }

        return times;
    }

    private static async Task<string> BulkAsync(MqttClient client)
    {
        using var window = new SemaphoreSlim(500);
        var all = new Task[Bulk];
        var begun = Stopwatch.GetTimestamp();
        for (var i = 0; i < Bulk; i++)
        {
            await window.WaitAsync();
            all[i] = SendAsync();
        }

        await Task.WhenAll(all);
        return PerSecond(Stopwatch.GetElapsedTime(begun));

        async Task SendAsync()
        {
            Require(await client.PublishAsync(new MqttMessage("b/x/data", Command, 1)));
            window.Release();
        }
    }

    private static async Task<string> TheirsAsync(int port)
    {
        using var process = Process.Start(new ProcessStartInfo("mosquitto_pub", ["-h", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-q", "1", "-t", "b/x/data", "-l"])
        {
            RedirectStandardInput = true,
        })!;
        var line = Encoding.UTF8.GetString(Command);
        var begun = Stopwatch.GetTimestamp();
        for (var i = 0; i < Bulk; i++) await process.StandardInput.WriteLineAsync(line);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return PerSecond(Stopwatch.GetElapsedTime(begun));
    }

    private static void Require(MqttDelivery delivery)
    {
        if (!delivery.IsDelivered) throw new InvalidOperationException(delivery.ToString());
    }

    private static string PerSecond(TimeSpan took) => (Bulk / took.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);

    private static void Add(Table table, string what, List<double> times)
    {
        times.Sort();
        table.Add(what, Text(times[times.Count / 2]), Text(times[times.Count * 99 / 100]), Text(times[^1]));
    }

    private static string Text(double ms) => ms.ToString(ms < 10 ? "0.000" : "0", CultureInfo.InvariantCulture);
}
