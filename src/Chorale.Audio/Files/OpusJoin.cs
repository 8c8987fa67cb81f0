namespace Chorale.Audio.Files;

/// <summary>
/// Puts the packets of consecutive chunks of one run together again. The encoder repeats the packets around a cut in both files; here
/// they are found by position, checked byte by byte, and taken once. Positions are samples at 48 kHz from the first packet on.
/// </summary>
public sealed class OpusJoin
{
    /// <summary>A cut repeats two or three packets; several cuts within 20 ms a few more.</summary>
    private const int TailPackets = 64;

    private readonly List<OpusPacket> _tail = [];
    private int _channels;

    /// <summary>Pre-skip of the first chunk: where its audio begins.</summary>
    public int PreSkip { get; private set; }

    /// <summary>Where the audio of the chunks added so far ends; behind it lie at most a few samples that belong to the next chunk.</summary>
    public long EndGranule { get; private set; }

    /// <summary>Samples of all packets taken.</summary>
    public long PacketSamples { get; private set; }

    /// <summary>Frames that the joined packets decode to.</summary>
    public long Frames => EndGranule - PreSkip;

    /// <param name="chunk">The next chunk of the run.</param>
    /// <param name="fresh">Its packets that were not there yet, to be appended.</param>
    /// <returns>False when it does not continue what is there (another run, a chunk missing between, re-encoded): nothing is changed then.</returns>
    public bool TryAdd(OpusPackets chunk, out IReadOnlyList<OpusPacket> fresh)
    {
        fresh = [];
        var start = EndGranule - chunk.PreSkip; // where the chunk's first packet lies: its pre-skip ends at the cut
        var repeated = 0;
        if (_channels == 0) (start, _channels, PreSkip) = (0, chunk.Channels, chunk.PreSkip);
        else if (!TryCountRepeated(chunk, PacketSamples - start, out repeated)) return false;

        fresh = [.. chunk.Packets.Skip(repeated)];
        EndGranule = start + chunk.EndGranule;
        PacketSamples += fresh.Sum(p => (long)p.Samples);
        _tail.AddRange(fresh.TakeLast(TailPackets));
        if (_tail.Count > TailPackets) _tail.RemoveRange(0, _tail.Count - TailPackets);
        return true;
    }

    private bool TryCountRepeated(OpusPackets chunk, long repeatedSamples, out int count)
    {
        count = 0;
        long samples = 0;
        while (samples < repeatedSamples && count < chunk.Packets.Count) samples += chunk.Packets[count++].Samples;
        if (chunk.Channels != _channels || samples != repeatedSamples || count == 0 || count > _tail.Count) return false;
        for (var i = 0; i < count; i++)
        {
            if (!_tail[_tail.Count - count + i].Bytes.Span.SequenceEqual(chunk.Packets[i].Bytes.Span)) return false;
        }

        return true;
    }
}
