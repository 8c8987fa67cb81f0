using Chorale.Recorder.Spool;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Recording;

/// <summary>
/// What a chunk still holds after the disk failed under it. It is handed to be sealed with that, for as long as the disk needs; sealing
/// copies a file whose sync failed once instead of believing it. If the program ends first, the next start recovers the <c>.part</c> file.
/// </summary>
internal static class Salvage
{
    /// <param name="written">Frames given to the encoder for this chunk.</param>
    /// <returns>Frames of the chunk, at the captured rate, that are in its file; the rest must be read again.</returns>
    public static long Keep(SpoolStore spool, SealLoop seals, OpenChunk chunk, long written, ILogger log)
    {
        try
        {
            chunk.IsUnfinished = true;
            // An encoder stopped while it ended a file has padded it with frames that nobody captured.
            var frames = Math.Min(written, Examination.Of(chunk.PartPath).Frames);
            if (frames > 0) seals.Post(chunk, new ChunkFacts(frames, null, null, null));
            else Drop(spool, chunk, log);
            return Math.Max(0, frames);
        }
        catch (Exception e) when (SpoolFailure.IsStorage(e))
        {
            Log.SalvageFailed(log, chunk.PartPath, e.Message);
            return 0;
        }
    }

    /// <summary>Deletes a file that is not wanted, if the disk lets us; an empty <c>.part</c> file is removed at the next start.</summary>
    public static void Drop(SpoolStore spool, OpenChunk chunk, ILogger log)
    {
        try
        {
            spool.Discard(chunk);
        }
        catch (Exception e) when (SpoolFailure.IsStorage(e))
        {
            Log.SalvageFailed(log, chunk.PartPath, e.Message);
        }
    }
}
