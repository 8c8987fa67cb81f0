using System.Text;
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
        return Store.Seal(chunk, new ChunkFacts(frames, null, null, null));
    }

    public void Dispose()
    {
        Store.Dispose();
        _folder.Dispose();
    }
}

/// <summary>The smallest WAV file that says what the recorder's tags say: RIFF, fmt, LIST INFO ICMT, data.</summary>
internal static class WavBytes
{
    public static void Write(Stream output, ChunkTags tags, int frames, int? dataBytes = null)
    {
        var comment = Encoding.UTF8.GetBytes(string.Join('\n', tags.ToPairs().Select(p => $"{p.Key}={p.Value}")) + "\0");
        if (comment.Length % 2 != 0) comment = [.. comment, 0];
        using var bytes = new MemoryStream();
        using var w = new BinaryWriter(bytes);
        var data = frames * 2;
        w.Write("RIFF"u8);
        w.Write(4 + 24 + 8 + 4 + 8 + comment.Length + 8 + data);
        w.Write("WAVEfmt "u8);
        w.Write(16);
        w.Write((short)1);
        w.Write((short)1);
        w.Write(tags.RateHz);
        w.Write(tags.RateHz * 2);
        w.Write((short)2);
        w.Write((short)16);
        w.Write("LIST"u8);
        w.Write(4 + 8 + comment.Length);
        w.Write("INFOICMT"u8);
        w.Write(comment.Length);
        w.Write(comment);
        w.Write("data"u8);
        w.Write(dataBytes ?? data);
        for (var i = 0; i < frames; i++) w.Write((short)((tags.FirstFrame + i) % 30_000 + 1));
        w.Flush();
        output.Write(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        output.Flush();
    }
}
