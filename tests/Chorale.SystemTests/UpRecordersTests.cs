using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Chorale.Audio.Files;

namespace Chorale.SystemTests;

/// <summary><c>chorale up --recorders 3</c>: a fleet on one machine.</summary>
public sealed partial class UpRecordersTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Three_recorders_in_one_go_are_three_modules_whose_files_line_up()
    {
        using var folder = new TempFolder();
        using var up = ChildProcess.Chorale(
            ["up", "--recorders", "3", "--data", folder["data"], "--listen", $"127.0.0.1:{FreePort()}", "--device", "tone:", "--codec", "wav", "--set", "health.port=0"], folder: folder.Path);
        Match? broker = null;
        await Wait.Until("the bundle is up", () => (broker = BrokerLine().Match(up.Output)).Success, TimeSpan.FromSeconds(120));
        await using var master = await RslMaster.StartAsync(int.Parse(broker!.Groups[1].Value, CultureInfo.InvariantCulture));
        string[] modules = ["microphone", "test-signal-2", "test-signal-3"];
        foreach (var module in modules)
        {
            var status = await master.StateAsync(module, "idle", TimeSpan.FromSeconds(120));
            Assert.True(status.TryGetProperty("session", out _));
        }

        // The clocks of the first seconds are the worst ones.
        foreach (var module in modules)
            await Wait.Until($"{module} writes chunks", async () => (await master.AskAsync(module, "status")).GetProperty("success").GetBoolean()
                && master.Of(module, "status").Last().Json!.Value.GetProperty("continuous").GetProperty("active").GetBoolean());
        var at = TimeProvider.System.GetUtcNow().AddSeconds(1).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
        await Task.WhenAll(modules.Select(m => master.AskAsync(m, "start", $"\"recording_id\":\"all\",\"duration\":2,\"start_at\":\"{at}\"")));
        var ends = await Task.WhenAll(modules.Select(m => master.EventAsync(m, "recording_complete", "all", TimeSpan.FromSeconds(60))));
        var sounds = ends.Select(e => Pcm(Path.Combine(e.GetProperty("folder").GetString()!, e.GetProperty("filename").GetString()!))).ToList();
        Assert.All(sounds, s => Assert.Equal(96_000, s.Length));
        Assert.Equal(3, ends.Select(e => e.GetProperty("folder").GetString()).Distinct().Count());
        foreach (var other in sounds.Skip(1))
        {
            var offset = SoundOffset.Of(sounds[0], other, 4800);
            output.WriteLine(FormattableString.Invariant($"{offset.Frames / 48:0.000} ms apart, likeness {offset.Likeness:0.000}"));
            Assert.InRange(offset.Frames / 48, -5, 5); // ten times the aim
            Assert.True(offset.Likeness > 0.9);
        }

        up.Signal("TERM");
        Assert.True(await up.ExitCodeAsync(TimeSpan.FromSeconds(60)) == 0, up.Output);
        foreach (var module in modules) await master.StateAsync(module, "disconnected");
    }

    [Fact]
    public async Task A_number_of_recorders_that_makes_no_sense_is_refused_with_what_is_allowed()
    {
        using var folder = new TempFolder();
        using var up = ChildProcess.Chorale(["up", "--recorders", "0"], folder: folder.Path);
        Assert.NotEqual(0, await up.ExitCodeAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("--recorders 0: 1 to 32 are allowed", up.Output);
    }

    private static float[] Pcm(string path)
    {
        using var file = AudioFileReader.Open(path);
        var samples = new float[file.Frames];
        Assert.Equal(samples.Length, file.Read(samples));
        return samples;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex(@"Commands go through .*:(\d+)")]
    private static partial Regex BrokerLine();
}
