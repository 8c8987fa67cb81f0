using Chorale.Audio.Files;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Spool;
using Chorale.Storage;

namespace Chorale.Tests.Spool;

/// <summary>A spool in a folder of its own, and chunks of a run made for it.</summary>
internal sealed class SpoolRig : IDisposable
{
    private readonly TempFolder _folder = new();

    public SpoolRig(DiskCalls? disk = null, string? folder = null)
    {
        Disk = disk ?? new DiskCalls();
        Options = new SpoolOptions(folder ?? _folder["spool"], null, null, "mic1", TimeZoneInfo.Utc) { Disk = Disk };
        Store = SpoolStore.Open(Options, Time, Log);
    }

    public DiskCalls Disk { get; }

    public ManualTime Time { get; } = new();

    public TestLog Log { get; } = new();

    public SpoolOptions Options { get; set; }

    public SpoolStore Store { get; private set; }

    public Guid Run { get; } = Guid.NewGuid();

    public string Outbox => Path.Combine(Options.Folder, "outbox");

    public string Uploaded => Path.Combine(Options.Folder, "uploaded");

    public string Quarantine => Path.Combine(Options.Folder, "quarantine");

    /// <summary>The folder as a kill leaves it now: nothing is closed, nothing in memory is saved.</summary>
    public void Crash()
    {
        var copy = Options.Folder + "+";
        CopyLive(Options.Folder, copy);
        Store.Dispose();
        Options = Options with { Folder = copy };
        Store = SpoolStore.Open(Options, Time, Log);
    }

    /// <summary>By another process: closing a second descriptor here would drop the locks SQLite holds on its files.</summary>
    public static void CopyLive(string from, string to)
    {
        using var process = System.Diagnostics.Process.Start("cp", ["-a", from, to]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    public static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.GetDirectories(from)) CopyFolder(folder, Path.Combine(to, Path.GetFileName(folder)));
    }

    public void Reopen()
    {
        Store.Dispose();
        Store = SpoolStore.Open(Options, Time, Log);
    }

    public ChunkStart Start(int number, long firstFrame, AudioCodec codec = AudioCodec.Wav, GapEntry? gap = null, int rateHz = 8000) => new(
        new ChunkId(SpoolNames.IdOf(Run, number)),
        new ChunkTags
        {
            Recorder = "mic1", Run = Run, Number = number, FirstFrame = firstFrame, RateHz = rateHz,
            StartUs = WallTime.ToMicroseconds(new DateTimeOffset(2026, 1, 5, 9, 0, 0, TimeSpan.Zero)) + firstFrame * 1_000_000 / rateHz,
            GapBefore = gap,
        },
        codec, 1, TimeSpan.FromSeconds(1), 20_000);

    /// <summary>A WAV chunk of <paramref name="frames"/> frames, as the recording loop would make it.</summary>
    public SpoolChunk Record(int number, long firstFrame, int frames = 8000, GapEntry? gap = null)
    {
        var chunk = Store.Begin(Start(number, firstFrame, gap: gap));
        WavBytes.Write(chunk.Output, chunk.Start.Tags, frames);
        return Store.Seal(chunk, new ChunkFacts(frames, null, null, null))!;
    }

    public void Dispose()
    {
        Store.Dispose();
        _folder.Dispose();
    }
}
