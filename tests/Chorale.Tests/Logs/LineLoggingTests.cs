using System.Text;
using System.Text.Json;
using Chorale.Recorder.Logs;
using Chorale.Recorder.Settings;
using Microsoft.Extensions.Logging;

namespace Chorale.Tests.Logs;

public sealed partial class LineLoggingTests
{
    private readonly ManualTime _time = new(new DateTimeOffset(2026, 1, 5, 10, 0, 0, 123, TimeSpan.Zero));

    [Fact]
    public void A_line_is_one_JSON_object_with_the_keys_that_readers_of_recorder_agent_know()
    {
        var line = Parse(Logged(LogFormat.Auto, isTerminal: false, log => UploadOk(log, "chunk_1.ogg", 17, 2.5, null)).Single());
        Assert.Equal(("2026-01-05T10:00:00.123000Z", "INFO", "Chorale.Recorder.Upload.UploadLoop", "upload_ok"), (line.Str("ts"), line.Str("level"), line.Str("logger"), line.Str("msg")));
        Assert.Equal(("chunk chunk_1.ogg sent, 17 left after 2.5 s", "chunk_1.ogg", 17, 2.5), (line.Str("text"), line.Str("chunk_name"), line.GetProperty("left").GetInt32(), line.GetProperty("duration_s").GetDouble()));
        Assert.False(line.TryGetProperty("exception", out _));
        Assert.False(line.TryGetProperty("{OriginalFormat}", out _));
    }

    [Fact]
    public void Levels_are_named_as_recorder_agent_names_them_and_lower_ones_are_left_out()
    {
        var lines = Logged(LogFormat.Json, false, log =>
        {
            foreach (var level in Enum.GetValues<LogLevel>()) log.Log(level, "x");
        });
        Assert.Equal(["INFO", "WARNING", "ERROR", "CRITICAL"], lines.Select(l => Parse(l).Str("level")));
    }

    [Fact]
    public void An_exception_and_line_breaks_stay_in_the_one_line()
    {
        var line = Logged(LogFormat.Json, false, log => log.LogError(new IOException("disk\nfull", new InvalidOperationException("inner")), "a\r\nb {Msg}", "own")).Single();
        Assert.Contains("disk\nfull", Parse(line).Str("exception"));
        Assert.Contains("inner", Parse(line).Str("exception"));
        Assert.Equal("own", Parse(line).Str("msg_"));
    }

    [Fact]
    public void Values_keep_their_kind_and_what_JSON_cannot_say_becomes_text()
    {
        var line = Parse(Logged(LogFormat.Json, false, log => log.LogInformation("{A} {B} {C} {D} {ChunkId} {Levels}", true, double.NaN, TimeSpan.FromSeconds(1.5), null, Guid.Empty, new[] { -12.5, -3 })).Single());
        Assert.Equal(JsonValueKind.True, line.GetProperty("a").ValueKind);
        Assert.Equal(("NaN", "00:00:01.5000000", JsonValueKind.Null), (line.Str("b"), line.Str("c"), line.GetProperty("d").ValueKind));
        Assert.Equal((Guid.Empty.ToString(), -12.5), (line.Str("chunk_id"), line.GetProperty("levels")[0].GetDouble()));
    }

    [Theory]
    [InlineData(LogFormat.Json)]
    [InlineData(LogFormat.Text)]
    public void A_secret_appears_in_no_line_however_it_gets_there(LogFormat format)
    {
        const string Secret = "s3cr+t/\"token";
        var output = new MemoryStream();
        using (var logging = LineLogging.Open(Settings(format), _time, output, isTerminal: false))
        {
            logging.Mask.Add(Secret);
            logging.CreateLogger("x").LogError(new InvalidOperationException($"token {Secret} refused"), "url https://a/?t={Url} token {Token}", Uri.EscapeDataString(Secret), Secret);
        }

        var text = Encoding.UTF8.GetString(output.ToArray());
        Assert.DoesNotContain("s3cr", text);
        Assert.Contains("***", text);
        Assert.Contains("refused", text);
    }

    [Fact]
    public void On_a_terminal_lines_are_readable_and_nothing_can_move_the_cursor()
    {
        _time.Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        var line = Logged(LogFormat.Auto, isTerminal: true, log => log.LogWarning(new EventId(1, "mic_not_available"), "device {Name} is gone", "evil\u001b[2J\nname\u009b")).Single();
        Assert.Equal("11:00:00.123 \u001b[33mWARNING \u001b[0m device evil?[2J | name? is gone  \u001b[2m(mic_not_available, UploadLoop)\u001b[0m", line);
    }

    [Fact]
    public void A_terminal_that_does_not_read_holds_nobody_up_and_the_lost_lines_are_counted()
    {
        var stuck = new StuckStream();
        using (var logging = LineLogging.Open(Settings(LogFormat.Json), _time, stuck, isTerminal: false))
        {
            var log = logging.CreateLogger("x");
            log.LogInformation("first");
            Assert.True(stuck.Entered.Wait(TimeSpan.FromSeconds(30)));
            for (var i = 0; i < LineQueue.LinesMax + 100; i++) log.LogInformation("line {I}", i);
            stuck.Release.Set();
        }

        var lines = stuck.Lines();
        Assert.Equal(1 + LineQueue.LinesMax + 1, lines.Count);
        Assert.Equal(("log_lines_dropped", 100), (Parse(lines[1]).Str("msg"), Parse(lines[1]).GetProperty("lines").GetInt32()));
        Assert.Equal("line 0", Parse(lines[2]).Str("msg"));
    }

    [Fact]
    public void A_log_file_is_rotated_by_size_and_no_line_is_lost_or_torn()
    {
        using var folder = new TempFolder();
        var path = folder["logs/recorder.log"];
        var settings = new LogSettings(LogLevel.Information, LogFormat.Auto, path, MaxFileBytes: 2000, FilesKept: 3);
        for (var start = 0; start < 2; start++) // the second start goes on in the same file
        {
            using var logging = LineLogging.Open(settings, _time, Stream.Null, isTerminal: true);
            for (var i = 0; i < 20; i++) logging.CreateLogger("x").LogInformation("line {I}", start * 20 + i);
        }

        string[] files = [path + ".3", path + ".2", path + ".1", path];
        Assert.All(files.Where(File.Exists), f => Assert.InRange(new FileInfo(f).Length, 1, 2000));
        var numbers = files.Where(File.Exists).SelectMany(File.ReadAllLines).Select(l => Parse(l).GetProperty("i").GetInt32()).ToList();
        Assert.Equal(Enumerable.Range(0, 40), numbers);

        using (var logging = LineLogging.Open(settings, _time, Stream.Null, isTerminal: true))
            for (var i = 40; i < 140; i++) logging.CreateLogger("x").LogInformation("line {I}", i);
        Assert.Equal(4, Directory.GetFiles(folder["logs"]).Length);
        Assert.Equal(139, Parse(File.ReadLines(path).Last()).GetProperty("i").GetInt32());
    }

    [Fact]
    public void A_log_file_that_cannot_be_written_is_said_once_and_its_lines_go_to_standard_error()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["logs"], "a file where the folder should be");
        var error = new MemoryStream();
        using (var logging = LineLogging.Open(new LogSettings(LogLevel.Information, LogFormat.Auto, folder["logs/recorder.log"], 2000, 3), _time, error, isTerminal: false))
        {
            logging.CreateLogger("x").LogInformation("one");
            logging.CreateLogger("x").LogInformation("two");
        }

        Assert.Equal(["log_write_failed", "one", "two"], LinesOf(error).Select(l => Parse(l).Str("msg")));
    }

    [Fact]
    public void A_web_host_does_not_tell_of_every_request()
    {
        var output = new MemoryStream();
        using (var logging = LineLogging.Open(Settings(LogFormat.Json), _time, output, isTerminal: false))
        {
            logging.CreateLogger("Microsoft.AspNetCore.Hosting").LogInformation("request");
            logging.CreateLogger("Microsoft.AspNetCore.Hosting").LogWarning("trouble");
        }

        Assert.Equal("trouble", Parse(LinesOf(output).Single()).Str("msg"));
    }

    [LoggerMessage(901, LogLevel.Information, "chunk {ChunkName} sent, {Left} left after {DurationS} s", EventName = "upload_ok")]
    private static partial void UploadOk(ILogger log, string chunkName, int left, double durationS, Exception? error);

    private static LogSettings Settings(LogFormat format) => new(LogLevel.Information, format, null, 10_000_000, 5);

    private List<string> Logged(LogFormat format, bool isTerminal, Action<ILogger> act)
    {
        var output = new MemoryStream();
        using (var logging = LineLogging.Open(Settings(format), _time, output, isTerminal)) act(logging.CreateLogger("Chorale.Recorder.Upload.UploadLoop"));
        return LinesOf(output);
    }

    private static List<string> LinesOf(MemoryStream output) => [.. Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    private static JsonElement Parse(string line) => JsonDocument.Parse(line).RootElement;

    /// <summary>Blocks in its first write until it is released.</summary>
    private sealed class StuckStream : MemoryStream
    {
        public ManualResetEventSlim Entered { get; } = new();

        public ManualResetEventSlim Release { get; } = new();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Entered.Set();
            Release.Wait();
            base.Write(buffer);
        }

        public List<string> Lines() => LinesOf(this);
    }
}

internal static class JsonReading
{
    public static string Str(this JsonElement json, string name) => json.GetProperty(name).GetString()!;
}
