using Chorale.Audio.Files;
using Microsoft.Extensions.Logging;

namespace Chorale.Archive.Range;

/// <summary>
/// The decoded audio of a plan as blocks of interleaved floats at its rate and channels. A file that holds less than its row says, or
/// cannot be read, is made up with silence: what follows stays on its time. Used by one thread.
/// </summary>
internal sealed class RangeAudio(RangePlan plan, Func<RangeChunk, string> pathOf, ILogger log)
{
    /// <summary>A tenth of a second at 48 kHz: what is held of a range at any time.</summary>
    private const int BlockFrames = 4800;

    /// <summary>The next block overwrites the last one.</summary>
    public IEnumerable<ReadOnlyMemory<float>> Blocks()
    {
        var index = 0;
        foreach (var (count, _) in plan.Stretches())
        {
            var rate = plan.Pieces[index].Chunk?.DecodedRateHz ?? plan.RateHz;
            var stretch = plan.Pieces.Skip(index).Take(count).SelectMany(Decode);
            foreach (var block in rate == plan.RateHz ? stretch : Resampled(stretch, rate)) yield return block;
            index += count;
        }
    }

    private IEnumerable<ReadOnlyMemory<float>> Resampled(IEnumerable<ReadOnlyMemory<float>> blocks, int rateHz)
    {
        var resampler = new Resampler(rateHz, plan.RateHz, plan.Channels);
        var output = new List<float>();
        foreach (var block in blocks)
        {
            resampler.Push(block.Span, output);
            if (output.Count == 0) continue;
            yield return output.ToArray();
            output.Clear();
        }

        resampler.End(output);
        if (output.Count > 0) yield return output.ToArray();
    }

    private IEnumerable<ReadOnlyMemory<float>> Decode(RangePiece piece)
    {
        var block = new float[BlockFrames * plan.Channels];
        var left = piece.Frames;
        using var reader = piece.Chunk is null ? null : Open(piece);
        var raw = reader is null ? [] : new float[BlockFrames * reader.Format.Channels];
        while (reader is not null && left > 0)
        {
            var wanted = (int)Math.Min(left, BlockFrames);
            var read = Read(reader, raw.AsSpan(0, wanted * reader.Format.Channels), piece.Chunk!);
            if (read == 0) break;
            Spread(raw.AsSpan(0, read * reader.Format.Channels), reader.Format.Channels, block);
            left -= read;
            yield return block.AsMemory(0, read * plan.Channels);
        }

        if (left > 0 && reader is not null) Log.RangeShort(log, piece.Chunk!.ChunkId, left);
        Array.Clear(block);
        for (; left > 0; left -= BlockFrames) yield return block.AsMemory(0, (int)Math.Min(left, BlockFrames) * plan.Channels);
    }

    private AudioFileReader? Open(RangePiece piece)
    {
        AudioFileReader? reader = null;
        try
        {
            reader = AudioFileReader.Open(pathOf(piece.Chunk!));
            if (reader.Format.SampleRateHz != piece.Chunk!.DecodedRateHz)
                throw new AudioFileException($"decodes at {reader.Format.SampleRateHz} Hz, its row says {piece.Chunk.DecodedRateHz}");
            reader.Seek(Math.Min(piece.FromFrame, reader.Frames));
            return reader;
        }
        catch (Exception e) when (e is AudioFileException or IOException or UnauthorizedAccessException)
        {
            reader?.Dispose();
            Log.RangeUnreadable(log, piece.Chunk!.ChunkId, e.Message);
            return null;
        }
    }

    private int Read(AudioFileReader reader, Span<float> frames, RangeChunk chunk)
    {
        try
        {
            return reader.Read(frames);
        }
        catch (Exception e) when (e is AudioFileException or IOException)
        {
            Log.RangeUnreadable(log, chunk.ChunkId, e.Message);
            return 0;
        }
    }

    /// <summary>Mono goes to every channel; of more, each keeps its place and the rest is silent.</summary>
    private void Spread(ReadOnlySpan<float> from, int channels, Span<float> to)
    {
        if (channels == plan.Channels)
        {
            from.CopyTo(to);
            return;
        }

        for (var frame = 0; frame < from.Length / channels; frame++)
        {
            for (var channel = 0; channel < plan.Channels; channel++)
            {
                to[frame * plan.Channels + channel] =
                    channels == 1 ? from[frame] : channel < channels ? from[frame * channels + channel] : 0;
            }
        }
    }
}
