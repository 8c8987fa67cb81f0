using System.Threading.Channels;
using Chorale.Recorder.Spool;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Recording;

/// <summary>
/// Seals complete chunks away from the recording thread: truncating, syncing, renaming and committing may take seconds on a card, and
/// audio goes on meanwhile.
/// </summary>
internal sealed class SealLoop(SpoolStore spool, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    // 64 chunks of 1 s: more than a minute of a disk that does not answer; the recording thread waits after that and the ring takes the slack.
    private readonly Channel<(OpenChunk Chunk, ChunkFacts Facts)> _chunks =
        Channel.CreateBounded<(OpenChunk, ChunkFacts)>(new BoundedChannelOptions(64) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private int _refused;

    /// <summary>Chunks complete but not yet sealed.</summary>
    public int Waiting => _chunks.Reader.Count + Volatile.Read(ref _refused);

    /// <summary>What the disk said of the chunks it refuses; null when there are none.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Called once for every sealed chunk.</summary>
    public Action<SpoolChunk>? Sealed { get; set; }

    /// <summary>Hands a complete chunk over. Blocks only when 64 wait.</summary>
    public void Post(OpenChunk chunk, ChunkFacts facts)
    {
        if (_chunks.Writer.TryWrite((chunk, facts))) return;
        _chunks.Writer.WriteAsync((chunk, facts)).AsTask().GetAwaiter().GetResult();
    }

    /// <summary>No chunk will follow.</summary>
    public void Complete() => _chunks.Writer.TryComplete();

    /// <summary>
    /// Seals until <see cref="Complete"/>. A chunk the disk refuses steps aside for those behind it and is tried again every second, until
    /// <paramref name="abort"/>; then the next start recovers it, as its bytes are in the <c>.part</c> file.
    /// </summary>
    public async Task RunAsync(CancellationToken abort)
    {
        var refused = new Queue<(OpenChunk Chunk, ChunkFacts Facts)>();
        while (refused.Count > 0 || await _chunks.Reader.WaitToReadAsync(abort))
        {
            while (_chunks.Reader.TryRead(out var chunk)) Try(chunk);
            for (var again = refused.Count; again > 0; again--) Try(refused.Dequeue());
            if (refused.Count > 0) await Task.Delay(RetryAfter, time, abort);
        }

        void Try((OpenChunk Chunk, ChunkFacts Facts) next)
        {
            try
            {
                if (spool.Seal(next.Chunk, next.Facts) is { } sealedChunk) Sealed?.Invoke(sealedChunk);
            }
            catch (Exception e) when (SpoolFailure.IsStorage(e))
            {
                if (Trouble is null) Log.SealFailed(log, next.Chunk.PartPath, e);
                Trouble = e.Message;
                refused.Enqueue(next);
            }

            Volatile.Write(ref _refused, refused.Count);
            if (refused.Count == 0) Trouble = null;
        }
    }
}
