using System.Globalization;
using Chorale.TestKit;

namespace Chorale.Bench.Recorder;

/// <summary>
/// One microphone of 48 kHz mono to Opus of 24 kbit/s in chunks of 10 s, for a minute: the recorder, and ffmpeg beside it on the same
/// virtual microphone at the same time. Then libopus alone over the same samples.
/// </summary>
internal static class RecorderBench
{
    private const int Seconds = 60;
    private const int BitrateKbps = 24;
    private const int OurComplexity = 5;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(5);

    public static async Task RunAsync()
    {
        using var folder = new TempFolder();
        var samples = Speech.Make(Seconds);
        Speech.Write(folder["speech.wav"], Speech.Make(Seconds + 20));
        await using var microphone = await VirtualMicrophone.StartAsync();
        microphone.Play(folder["speech.wav"]);

        var environment = new Dictionary<string, string> { ["PULSE_SERVER"] = microphone.ServerAddress, ["PULSE_SOURCE"] = microphone.SourceName };
        using var recorder = ChildProcess.Start(Program(), ["record", "--config", Config(folder, microphone.Device)], environment);
        using var ffmpeg = Ffmpeg(folder["ffmpeg"], environment);
        using var parec = ChildProcess.Start("sh", ["-c", "exec parec --format=s16le --rate=48000 --channels=1 --latency-msec=40 > /dev/null"], environment);
        using var paced = new PacedOpus(samples, BitrateKbps * 1000, OurComplexity, writeTo: null);
        using var pacedDurable = new PacedOpus(samples, BitrateKbps * 1000, OurComplexity, folder["page"]);
        using var ffmpegAlike = Ffmpeg(folder["ffmpeg5"], environment, "-compression_level", OurComplexity.ToString(CultureInfo.InvariantCulture));
        var rows = new[]
        {
            new Row($"{(Environment.GetEnvironmentVariable("CHORALE_BENCH_RECORDER") is { Length: > 0 } ? "chorale-recorder, published" : "chorale record as built")}, complexity {OurComplexity}", recorder), new Row("ffmpeg -f alsa, libopus as it comes (complexity 10)", ffmpeg),
            new Row($"ffmpeg -f alsa, libopus complexity {OurComplexity}", ffmpegAlike),
            new Row("parec: capture alone, to /dev/null", parec),
        };
        await Task.Delay(Settle);
        foreach (var row in rows) row.Begin();
        var floor = (Encode: paced.CpuSeconds, EncodeAndWrite: pacedDurable.CpuSeconds);
        await Task.Delay(TimeSpan.FromSeconds(Seconds));
        foreach (var row in rows) row.End();
        floor = (paced.CpuSeconds - floor.Encode, pacedDurable.CpuSeconds - floor.EncodeAndWrite);
        parec.Signal("TERM");
        recorder.Signal("TERM");
        ffmpeg.Signal("TERM");
        ffmpegAlike.Signal("TERM");
        await recorder.ExitCodeAsync();

        var bare = Math.Min(BareOpus.CpuSeconds(samples, BitrateKbps * 1000, OurComplexity), BareOpus.CpuSeconds(samples, BitrateKbps * 1000, OurComplexity));
        Print(rows, bare, floor, Directory.EnumerateFiles(folder["spool"], "*.ogg", SearchOption.AllDirectories).Count());
    }

    private static void Print(Row[] rows, double bareCpu, (double Encode, double EncodeAndWrite) floor, int chunks)
    {
        var table = new Table("process", $"CPU s in {Seconds} s", "to start, CPU s", "RSS MB", "private MB");
        foreach (var row in rows) row.AddTo(table);
        table.Add($"libopus alone, complexity {OurComplexity}, {Seconds} s of audio", bareCpu.ToString("0.00", CultureInfo.InvariantCulture), "", "", "");
        table.Add("libopus alone, woken every 60 ms as a microphone would", floor.Encode.ToString("0.00", CultureInfo.InvariantCulture), "", "", "");
        table.Add("the same, and a page past the page cache each time", floor.EncodeAndWrite.ToString("0.00", CultureInfo.InvariantCulture), "", "", "");
        table.Print();
        var (ours, ffmpeg) = (rows[0], rows[1]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"""

             {chunks} chunks of 10 s in the spool. Targets:
             - CPU / ffmpeg's: {ours.Cpu / ffmpeg.Cpu:0.00}, at most 0.33: {Verdict(ours.Cpu <= ffmpeg.Cpu / 3)} (at ffmpeg's complexity {OurComplexity}: {ours.Cpu / rows[2].Cpu:0.00})
             - CPU / libopus alone: {ours.Cpu / bareCpu:0.0}, at most 2.0: {Verdict(ours.Cpu <= 2 * bareCpu)}; the least any such recorder can do here (capture, libopus in time, durable pages): {(rows[3].Cpu + floor.EncodeAndWrite) / bareCpu:0.0}, ours is {ours.Cpu / (rows[3].Cpu + floor.EncodeAndWrite):0.0} of that
             - RSS {ours.Rss:0} MB, below ffmpeg's {ffmpeg.Rss:0} MB: {Verdict(ours.Rss < ffmpeg.Rss)}; aim 45 MB: {Verdict(ours.Rss <= 45)}
             """));
    }

    private static string Verdict(bool met) => met ? "met" : "MISSED";

    /// <summary>The small program where it was published, else the command as built beside this one.</summary>
    private static string Program()
    {
        var given = Environment.GetEnvironmentVariable("CHORALE_BENCH_RECORDER");
        return given is { Length: > 0 } ? given : Path.Combine(AppContext.BaseDirectory, "chorale");
    }

    private static string Config(TempFolder folder, string device)
    {
        File.WriteAllText(folder["recorder.yaml"],
            $"""
             id: bench
             capture:
               device: "{device}"
             recording:
               bitrate_kbps: {BitrateKbps}
               complexity: {OurComplexity}
               chunk_seconds: 10
             spool:
               folder: {folder["spool"]}
             upload:
               sink: none
             health:
               port: 0
             """);
        return folder["recorder.yaml"];
    }

    private static ChildProcess Ffmpeg(string folder, Dictionary<string, string> environment, params string[] options)
    {
        Directory.CreateDirectory(folder);
        return ChildProcess.Start("ffmpeg", ["-v", "error", "-nostdin", "-f", "alsa", "-sample_rate", "48000", "-channels", "1", "-i", "pulse",
            "-c:a", "libopus", "-b:a", $"{BitrateKbps}k", .. options, "-f", "segment", "-segment_time", "10", Path.Combine(folder, "%03d.ogg")], environment);
    }

    private sealed class Row(string name, ChildProcess process)
    {
        private ProcessCost _begin;
        private ProcessCost _end;

        public double Cpu => _end.CpuSeconds - _begin.CpuSeconds;

        public double Rss => _end.RssMb;

        public void Begin() => _begin = Cost();

        public void End() => _end = Cost();

        public void AddTo(Table table)
        {
            var c = CultureInfo.InvariantCulture;
            table.Add(name, Cpu.ToString("0.00", c), _begin.CpuSeconds.ToString("0.00", c), _end.RssMb.ToString("0.0", c), _end.PrivateMb.ToString("0.0", c));
        }

        private ProcessCost Cost() => process.HasExited
            ? throw new InvalidOperationException($"{name} has ended; it said:\n{process.Output}") : ProcessCost.Of(process.Id);
    }
}
