using System.Buffers.Binary;
using System.Runtime.ExceptionServices;

namespace Chorale.Audio.Files;

/// <summary>
/// Where libopusenc's pages go: hands each to the stream of its file and reads from its granule position how many frames are out. The page
/// that ends a stream ends its file. What fails once has failed for good.
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

    /// <param name="output">Of the first file.</param>
    /// <param name="serial">Number of its stream.</param>
    public void BeginRun(Stream output, int serial)
    {
        FramesIn = FramesOut = 0;
        _abandoned = false;
        _failure = null;
        Add(output, serial);
    }

    public void Cut(Stream next, int serial)
    {
        EndRun();
        Add(next, serial);
    }

    public void EndRun() => _last!.EndFrame = FramesIn;

    /// <summary>From here on nothing is written or reported: what is open stays incomplete.</summary>
    public void Abandon()
    {
        _abandoned = true;
        _parts.Clear();
        _closed.Clear();
    }

    /// <param name="page">Whole; may be changed.</param>
    public void Write(Span<byte> page)
    {
        if (_abandoned) return;
        try
        {
            var part = _parts.Peek();
            SetSerial(page, part.Serial);
            part.Output.Write(page);
            Count(part, page);
            if ((page[5] & OggPage.Last) != 0) Close();
        }
        catch (Exception e)
        {
            _failure ??= ExceptionDispatchInfo.Capture(e);
            throw;
        }
    }

    private void Close()
    {
        var part = _parts.Dequeue();
        FramesOut = part.EndFrame;
        _closed.Enqueue(part);
    }

    public void ThrowIfFailed() => _failure?.Throw();

    public void ReportCompleted()
    {
        while (_closed.TryDequeue(out var part)) completed(part.Output, part.EndFrame - part.FirstFrame);
    }

    private void Add(Stream output, int serial) => _parts.Enqueue(_last = new Part(output, serial, FramesIn));

    /// <summary>libopusenc gives the last page of a stream, when it is fetched, the number of the stream that continues it.</summary>
    private static void SetSerial(Span<byte> page, int serial)
    {
        if (BinaryPrimitives.ReadInt32LittleEndian(page[14..]) == serial) return;
        BinaryPrimitives.WriteInt32LittleEndian(page[14..], serial);
        OggPage.Seal(page);
    }

    /// <summary>Page layout: RFC 3533 §6; OpusHead: RFC 7845 §5.1. One whole page a call.</summary>
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

    private sealed class Part(Stream output, int serial, long firstFrame)
    {
        public Stream Output { get; } = output;

        public int Serial { get; } = serial;

        public long FirstFrame { get; } = firstFrame;

        public long EndFrame { get; set; } = long.MaxValue;

        public int PreSkip { get; set; }
    }
}
