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
    // 64 chunks of 1 s: more than a minute of a disk that does not answer; the recording thread waits after that and the ring takes the slack.
    private readonly Channel<(OpenChunk Chunk, ChunkFacts Facts)> _chunks =
        Channel.CreateBounded<(OpenChunk, ChunkFacts)>(new BoundedChannelOptions(64) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    /// <summary>Chunks complete but not yet sealed.</summary>
    public int Waiting => _chunks.Reader.Count;

    /// <summary>Set while the disk refuses; cleared by the next success.</summary>
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

    /// <summary>Seals until <see cref="Complete"/>; a chunk the disk refuses is tried again every second until <paramref name="abort"/>.</summary>
    public async Task RunAsync(CancellationToken abort)
    {
        await foreach (var (chunk, facts) in _chunks.Reader.ReadAllAsync(abort))
        {
            while (true)
            {
                try
                {
                    var sealedChunk = spool.Seal(chunk, facts);
                    Trouble = null;
                    Sealed?.Invoke(sealedChunk);
                    break;
                }
                catch (Exception e) when (SpoolFailure.IsStorage(e))
                {
                    // The bytes are in the .part file: if we never succeed, the next start recovers it.
                    if (Trouble is null) Log.SealFailed(log, chunk.PartPath, e);
                    Trouble = e.Message;
                    await Task.Delay(TimeSpan.FromSeconds(1), time, abort);
                }
            }
        }
    }
}
