using System.Collections.Concurrent;
using Chorale.Protocol.Chunks;

namespace Chorale.Recorder;

/// <summary>What health and metrics read; written by the recording thread, read by anybody.</summary>
internal sealed class RecorderCounters
{
    private readonly ConcurrentDictionary<string, long> _gapFrames = new();
    private long _kept;
    private long _behindFrames;
    private long _read;
    private int _openChunk = -1;

    /// <summary>Frames given to the encoder since the start of the program.</summary>
    public long KeptFrames => Volatile.Read(ref _kept);

    /// <summary>Newest captured frame minus newest frame known to be on the disk.</summary>
    public long DurableLagFrames => Volatile.Read(ref _behindFrames);

    /// <summary>Frames of the ring that have been dealt with.</summary>
    public long ReadFrames => Volatile.Read(ref _read);

    /// <summary>Number, in its run, of the chunk that is open; null before the first.</summary>
    public int? OpenChunkNumber => Volatile.Read(ref _openChunk) is >= 0 and var number ? number : null;

    public void SetOpenChunk(int number) => Volatile.Write(ref _openChunk, number);

    /// <summary>What the disk last said while it fails; null when it works.</summary>
    public string? StorageTrouble { get; set; }

    /// <summary>Frames lost by cause.</summary>
    public IReadOnlyDictionary<string, long> GapFrames => _gapFrames;

    public void AddKept(long frames) => Interlocked.Add(ref _kept, frames);

    public void AddGap(GapEntry gap) => _gapFrames.AddOrUpdate(gap.Cause, gap.Frames, (_, sum) => sum + gap.Frames);

    /// <param name="written">Frames in the ring.</param>
    /// <param name="read">Frames read from it.</param>
    /// <param name="unsafeFrames">Frames read but not yet durable.</param>
    public void SetPosition(long written, long read, long unsafeFrames)
    {
        Volatile.Write(ref _behindFrames, written - read + unsafeFrames);
        Volatile.Write(ref _read, read);
    }
}
