using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Chorale.Audio.Files;
using Chorale.Mqtt;
using Microsoft.Extensions.Logging.Abstractions;

namespace Chorale.SystemTests;

/// <summary>What a commanded recording is worth when its module is killed, and when the wire goes mad.</summary>
public sealed class ModuleKillTests(ITestOutputHelper output)
{
    /// <summary>A period of the device is under way and had not been handed to anybody.</summary>
    private const double BoundMs = 100 + 20;

    [Theory]
    [InlineData("wav", 6)]
    [InlineData("flac", 4)]
    [InlineData("opus", 4)]
    public async Task A_recording_whose_module_was_killed_is_completed_and_announced_at_the_next_start(string codec, int kills)
    {
        // In memory: what is measured is what we hold back, not what a busy disk does.
        using var folder = new TempFolder(Directory.Exists("/dev/shm") ? Path.Combine("/dev/shm", "chorale-test-" + Guid.NewGuid().ToString("N")) : null);
        await using var broker = await BrokerProcess.StartAsync(new BrokerSettings(), TimeProvider.System, NullLogger.Instance);
        await using var master = await RslMaster.StartAsync(broker.Port);
        var random = new Random(kills);
        var losses = new List<double>();
        var recorder = Start();
        for (var n = 0; n < kills; n++)
        {
            await master.StateAsync("mic1", "idle", TimeSpan.FromSeconds(60));
            Assert.True((await master.AskAsync("mic1", "start", $"\"recording_id\":\"k{n}\"")).GetProperty("success").GetBoolean());
            await master.EventAsync("mic1", "recording_started", $"k{n}");
            await Task.Delay(random.Next(300, 1500));
            // A witness that is scheduled like everybody else: what it was late, everybody may have been.
            var stalled = System.Diagnostics.Stopwatch.StartNew();
            recorder.Kill();
            await recorder.ExitCodeAsync();
            var killedAt = TimeProvider.System.GetUtcNow();
            var stallMs = stalled.Elapsed.TotalMilliseconds;
            recorder.Dispose();
            await master.StateAsync("mic1", "disconnected");
            recorder = Start();
            var complete = await master.EventAsync("mic1", "recording_complete", $"k{n}", TimeSpan.FromSeconds(60));
            Assert.True(complete.GetProperty("recovered").GetBoolean());
            var path = Path.Combine(folder.Path, "m", "recordings", complete.GetProperty("filename").GetString()!);
            using var file = AudioFileReader.Open(path);
            var seconds = file.Frames / (double)file.Format.SampleRateHz;
            var lost = (killedAt - complete.GetProperty("first_frame_utc").GetDateTimeOffset()).TotalMilliseconds - seconds * 1000;
            losses.Add(lost - stallMs);
            Assert.True(File.Exists(Path.ChangeExtension(path, ".json")));
        }

        recorder.Dispose();
        losses.Sort();
        output.WriteLine(FormattableString.Invariant($"{codec}: {kills} kills, lost median {losses[kills / 2]:0} ms, worst {losses[^1]:0} ms (bound {BoundMs} ms)"));
        Assert.InRange(losses[kills / 2], -50, 10 * BoundMs);
        Assert.InRange(losses[^1], -50, 10 * BoundMs + 2000);

        ModuleProcess Start() => ModuleProcess.Start("mic1", broker.Port, folder["m"], "tone:", "recording.codec=" + codec);
    }

    [Fact]
    public async Task A_flood_on_its_topics_costs_a_module_neither_frames_nor_its_answers()
    {
        using var folder = new TempFolder();
        await using var broker = await BrokerProcess.StartAsync(new BrokerSettings(), TimeProvider.System, NullLogger.Instance);
        await using var master = await RslMaster.StartAsync(broker.Port);
        var health = FreePort();
        using var recorder = ModuleProcess.Start("mic1", broker.Port, folder["m"], "tone:", $"health.port={health}");
        await master.StateAsync("mic1", "idle", TimeSpan.FromSeconds(60));
        Assert.True((await master.AskAsync("mic1", "start", "\"recording_id\":\"flood\"")).GetProperty("success").GetBoolean());
        await master.EventAsync("mic1", "recording_started", "flood");

        await using var flooder = new MqttClient(new MqttOptions { Port = broker.Port }, TimeProvider.System, NullLogger.Instance);
        flooder.Start();
        await Wait.Until("the flooder is connected", () => flooder.IsConnected);
        var deep = Encoding.UTF8.GetBytes(new string('[', 10_000));
        byte[][] ugly = ["{\"module_id\":\"mic1\",\"state\":\"idle\"}"u8.ToArray(), [], [0xFF, 0x00], "{"u8.ToArray(), deep];
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var sent = 0;
        while (watch.Elapsed < TimeSpan.FromSeconds(4))
        {
            // 10,000 a second as far as this machine lets us; every hundredth goes where commands come.
            for (var i = 0; i < 100; i++, sent++)
                await flooder.PublishAsync(new MqttMessage(i == 0 ? "rslogger/audio/mic1/command" : "rslogger/audio/mic1/status", ugly[sent % 7 % ugly.Length]));
            var ahead = TimeSpan.FromSeconds(sent / 10_000.0) - watch.Elapsed;
            if (ahead > TimeSpan.Zero) await Task.Delay(ahead);
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sent} messages in {watch.Elapsed.TotalSeconds:0.0} s"));
        // One that is not drowned itself: what a broker cannot hand on fast enough it drops.
        await using var calm = await RslMaster.StartAsync(broker.Port, "rslogger/audio", "response", "data");
        Assert.True((await calm.InsistAsync("mic1", "stop")).GetProperty("success").GetBoolean());
        var complete = await calm.EventAsync("mic1", "recording_complete", "flood", TimeSpan.FromSeconds(60));
        Assert.Equal(0, complete.GetProperty("gaps").GetArrayLength());
        var seconds = complete.GetProperty("frames").GetInt64() / 44_100.0;
        Assert.InRange(seconds, 4, 4 + 60);
        Assert.True((await calm.InsistAsync("mic1", "status")).GetProperty("success").GetBoolean());
        Assert.Contains("duplicate_id", recorder.Output);
        using var http = new HttpClient();
        using var report = JsonDocument.Parse(await http.GetStringAsync(new Uri($"http://127.0.0.1:{health}/health")));
        var counted = report.RootElement.GetProperty("module");
        output.WriteLine(counted.ToString());
        Assert.True(counted.GetProperty("foreign_status_total").GetInt64() > 0);
        Assert.True(counted.GetProperty("bad_payloads_total").GetInt64() > 0);
        // What the broker itself did not pass on it counts; all that it did, we did.
        Assert.InRange(
            counted.GetProperty("received_total").GetInt64(),
            counted.GetProperty("foreign_status_total").GetInt64() + counted.GetProperty("commands_total").GetInt64(), sent + 10_000);
    }

    [Fact]
    public async Task A_recorder_whose_broker_is_not_there_records_and_is_found_once_it_is()
    {
        using var folder = new TempFolder();
        await using var broker = await BrokerProcess.StartAsync(new BrokerSettings(), TimeProvider.System, NullLogger.Instance);
        await broker.EndAsync();
        using var recorder = ModuleProcess.Start("mic1", broker.Port, folder["m"], "tone:", "mode=continuous", "recording.chunk_seconds=1");
        await Wait.Until("chunks are recorded", () => Directory.Exists(folder["m/spool/outbox"]) && Directory.GetFiles(folder["m/spool/outbox"], "*.wav").Length > 1, TimeSpan.FromSeconds(60));
        await broker.RestartAsync();
        await using var master = await RslMaster.StartAsync(broker.Port);
        await master.StateAsync("mic1", "idle");
        await Wait.Until("its status tells of the chunks", async () =>
        {
            await master.AskAsync("mic1", "status");
            var status = master.Of("mic1", "status").Last().Json!.Value;
            return status.GetProperty("continuous").GetProperty("active").GetBoolean() && status.GetProperty("queue").GetProperty("chunks").GetInt32() > 0;
        });
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [Fact]
    public async Task The_flags_of_an_existing_module_make_one_that_waits_for_a_start_and_ends_with_0()
    {
        using var folder = new TempFolder();
        await using var broker = await BrokerProcess.StartAsync(new BrokerSettings(), TimeProvider.System, NullLogger.Instance);
        await using var master = await RslMaster.StartAsync(broker.Port);
        using var recorder = ModuleProcess.Start("mic1", broker.Port, folder["m"], "tone:");
        var status = await master.StateAsync("mic1", "idle", TimeSpan.FromSeconds(60));
        Assert.Equal(44_100, status.GetProperty("config").GetProperty("samplerate").GetInt32());
        Assert.False(status.GetProperty("continuous").GetProperty("active").GetBoolean());
        Assert.True((await master.AskAsync("mic1", "start", "\"recording_id\":\"s7\",\"duration\":1")).GetProperty("success").GetBoolean());
        var complete = await master.EventAsync("mic1", "recording_complete", "s7");
        Assert.Equal(("recording_s7_mic1.wav", 44_100), (complete.GetProperty("filename").GetString(), complete.GetProperty("frames").GetInt32()));
        Assert.True((await master.AskAsync("mic1", "shutdown")).GetProperty("success").GetBoolean());
        Assert.Equal(0, await recorder.ExitCodeAsync());
        await master.StateAsync("mic1", "disconnected");
    }
}
