using System.Buffers.Binary;
using System.Runtime.ExceptionServices;

namespace Chorale.Audio.Files;

/// <summary>
/// Where libopusenc's pages go: hands each to the stream of its file and reads from its granule position how many frames are out. Called
/// from native code, so nothing here lets an exception out; <see cref="ThrowIfFailed"/> and <see cref="ReportCompleted"/> are called after it.
/// </summary>
internal sealed class OpusPageSink(int sampleRateHz, ChunkCompleted completed)
{
    private readonly Queue<Part> _parts = new();
    private readonly Queue<Part> _closed = new();
    private ExceptionDispatchInfo? _failure;
    private Part? _last;
    private bool _abandoned;

    /// <summary>Frames given to the encoder since the run began.</summary>
    public long FramesIn { get; set; }

    /// <summary>Frames that can be decoded from what the streams hold.</summary>
    public long FramesOut { get; private set; }

    public void BeginRun(Stream output)
    {
        FramesIn = FramesOut = 0;
        _abandoned = false;
        _failure = null;
        Add(output);
    }

    public void Cut(Stream next)
    {
        EndRun();
        Add(next);
    }

    public void EndRun() => _last!.EndFrame = FramesIn;

    /// <summary>From here on nothing is written or reported: what is open stays incomplete.</summary>
    public void Abandon()
    {
        _abandoned = true;
        _parts.Clear();
        _closed.Clear();
    }

    public bool Write(ReadOnlySpan<byte> page)
    {
        if (_abandoned) return true;
        try
        {
            var part = _parts.Peek();
            part.Output.Write(page);
            Count(part, page);
            return true;
        }
        catch (Exception e)
        {
            _failure ??= ExceptionDispatchInfo.Capture(e);
            return false;
        }
    }

    public void Close()
    {
        if (_abandoned) return;
        var part = _parts.Dequeue();
        FramesOut = part.EndFrame;
        _closed.Enqueue(part);
    }

    public void ThrowIfFailed() => _failure?.Throw();

    public void ReportCompleted()
    {
        while (_closed.TryDequeue(out var part)) completed(part.Output, part.EndFrame - part.FirstFrame);
    }

    private void Add(Stream output) => _parts.Enqueue(_last = new Part(output, FramesIn));

    /// <summary>Page layout: RFC 3533 §6; OpusHead: RFC 7845 §5.1. libopusenc hands over one whole page a call.</summary>
    private void Count(Part part, ReadOnlySpan<byte> page)
    {
        var body = page[(27 + page[26])..];
        if (body.StartsWith("OpusHead"u8))
        {
            part.PreSkip = BinaryPrimitives.ReadUInt16LittleEndian(body[10..]);
            return;
        }

        var granule = BinaryPrimitives.ReadInt64LittleEndian(page[6..]);
        if (granule <= part.PreSkip) return;
        var start48k = (part.FirstFrame * 48_000 + sampleRateHz - 1) / sampleRateHz;
        var frame = (start48k + granule - part.PreSkip) * sampleRateHz / 48_000;
        FramesOut = Math.Max(FramesOut, Math.Min(frame, Math.Min(part.EndFrame, FramesIn)));
    }

    private sealed class Part(Stream output, long firstFrame)
    {
        public Stream Output { get; } = output;

        public long FirstFrame { get; } = firstFrame;

        public long EndFrame { get; set; } = long.MaxValue;

        public int PreSkip { get; set; }
    }
}
