using System.Globalization;
using System.Text;
using System.Text.Json;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Spool;
using Spectre.Console;

namespace Chorale.Recorder.Verbs;

/// <summary>How the spool's verbs print: tables for people, one JSON object per line for programs.</summary>
internal static class SpoolReport
{
    public static Table Table(params ReadOnlySpan<string> columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns) table.AddColumn(column);
        return table;
    }

    public static string Size(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB"),
        < 1024L * 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:0.00} GiB"),
    };

    public static void Write(IAnsiConsole console, Ledger ledger)
    {
        console.WriteLine($"{WallTime.ToText(ledger.From)} to {WallTime.ToText(ledger.To)}");
        var table = Table("where", "frames", "chunks or gaps", "length");
        table.AddRow("waiting", Number(ledger.ReadyFrames), "", "");
        table.AddRow("uploaded", Number(ledger.UploadedFrames), "", "");
        table.AddRow("quarantined", Number(ledger.QuarantinedFrames), "", "");
        table.AddRow("lost", Number(ledger.LostFrames), "", "");
        table.AddRow("recorded in all", Number(ledger.RecordedFrames), "", Length(ledger.Recorded));
        foreach (var gap in ledger.Gaps) table.AddRow($"gap: {gap.Cause}", Number(gap.Frames), $"{gap.Count}", Length(gap.Duration));
        console.Write(table);
        foreach (var run in ledger.Runs.Where(r => r.Problem is not null))
            console.WriteLine($"run {run.Run}: {run.CapturedFrames} captured, {run.ChunkFrames} in chunks, {run.GapFrames} in gaps: {run.Problem}");
        if (ledger.OpenChunks > 0) console.WriteLine($"{ledger.OpenChunks} chunks are being written and not counted yet");
        console.WriteLine(ledger.AddsUp ? $"adds up: {ledger.Runs.Count} runs, every frame is in one place" : "DOES NOT ADD UP");
    }

    public static string Json(Ledger ledger) => Write(json =>
    {
        json.WriteString("from", WallTime.ToText(ledger.From));
        json.WriteString("to", WallTime.ToText(ledger.To));
        json.WriteNumber("ready_frames", ledger.ReadyFrames);
        json.WriteNumber("uploaded_frames", ledger.UploadedFrames);
        json.WriteNumber("quarantined_frames", ledger.QuarantinedFrames);
        json.WriteNumber("lost_frames", ledger.LostFrames);
        json.WriteNumber("recorded_s", ledger.Recorded.TotalSeconds);
        json.WriteNumber("open_chunks", ledger.OpenChunks);
        json.WriteBoolean("adds_up", ledger.AddsUp);
        json.WriteStartArray("gaps");
        foreach (var gap in ledger.Gaps)
        {
            json.WriteStartObject();
            json.WriteString("cause", gap.Cause);
            json.WriteNumber("count", gap.Count);
            json.WriteNumber("frames", gap.Frames);
            json.WriteNumber("duration_s", gap.Duration.TotalSeconds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("runs");
        foreach (var run in ledger.Runs)
        {
            json.WriteStartObject();
            json.WriteString("run", run.Run);
            json.WriteNumber("captured_frames", run.CapturedFrames);
            json.WriteNumber("chunk_frames", run.ChunkFrames);
            json.WriteNumber("gap_frames", run.GapFrames);
            json.WriteString("problem", run.Problem);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    public static string Json(SpoolChunk c, string? note) => Write(json =>
    {
        json.WriteString("file", c.Path);
        json.WriteString("state", c.State.ToString().ToLowerInvariant());
        json.WriteString("chunk_id", c.Id.ToString());
        json.WriteString("recorder", c.Recorder);
        json.WriteString("run", c.Run);
        json.WriteNumber("number", c.Number);
        json.WriteNumber("first_frame", c.FirstFrame);
        json.WriteNumber("frames", c.Frames);
        json.WriteNumber("rate_hz", c.RateHz);
        json.WriteString("start", WallTime.ToText(c.StartAt));
        json.WriteString("end", WallTime.ToText(c.EndAt));
        json.WriteNumber("size_bytes", c.SizeBytes);
        json.WriteString("sha256", c.Sha256);
        json.WriteNumber("attempts", c.Attempts);
        json.WriteString("note", note);
    });

    public static string JsonCount(params (string Name, int Value)[] counts) => Write(json =>
    {
        foreach (var (name, value) in counts) json.WriteNumber(name, value);
    });

    /// <returns>How many times <paramref name="work"/> said yes.</returns>
    public static int WithProgress<T>(IAnsiConsole console, bool isQuiet, string title, IReadOnlyList<T> items, Func<T, bool> work)
    {
        if (isQuiet) return items.Count(work);
        return console.Progress().Start(bars =>
        {
            var bar = bars.AddTask(title, maxValue: Math.Max(1, items.Count));
            return items.Count(item =>
            {
                var isDone = work(item);
                bar.Increment(1);
                return isDone;
            });
        });
    }

    /// <summary>False when the file has been moved or deleted by the recorder meanwhile, wherever it looked.</summary>
    public static bool Copy(SpoolChunk chunk, string folder)
    {
        var name = Path.GetFileName(chunk.Path);
        var uploaded = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(chunk.Path))!, "uploaded", name);
        foreach (var source in (ReadOnlySpan<string>)[chunk.Path, uploaded])
        {
            try
            {
                File.Copy(source, Path.Combine(folder, name), overwrite: true);
                return true;
            }
            catch (FileNotFoundException)
            {
                // It moved between the list and now.
            }
        }

        return false;
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Length(TimeSpan length) => string.Create(CultureInfo.InvariantCulture, $"{(long)length.TotalHours}:{length.Minutes:00}:{length.Seconds:00}.{length.Milliseconds:000}");

    private static string Write(Action<Utf8JsonWriter> body)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            body(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
