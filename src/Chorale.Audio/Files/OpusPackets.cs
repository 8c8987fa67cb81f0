using System.Diagnostics.CodeAnalysis;

namespace Chorale.Audio.Files;

/// <param name="Bytes">The packet.</param>
/// <param name="Samples">Samples at 48 kHz that it decodes to.</param>
public readonly record struct OpusPacket(ReadOnlyMemory<byte> Bytes, int Samples);

/// <summary>
/// The packets of one Ogg Opus file with a single stream, as a decoder would take them. Reading stops at the first damage: what is
/// copied must be whole, and everything else can still be decoded and encoded again.
/// </summary>
public sealed class OpusPackets
{
    private OpusPackets(int channels, int preSkip, int inputRateHz, long endGranule, IReadOnlyList<OpusPacket> packets)
    {
        Channels = channels;
        PreSkip = preSkip;
        InputRateHz = inputRateHz;
        EndGranule = endGranule;
        Packets = packets;
    }

    public int Channels { get; }

    /// <summary>Samples at 48 kHz to discard at the start (RFC 7845 §4.2).</summary>
    public int PreSkip { get; }

    public int InputRateHz { get; }

    /// <summary>Granule position of the last page: samples up to the end, pre-skip included, what is trimmed at the end not.</summary>
    public long EndGranule { get; }

    public IReadOnlyList<OpusPacket> Packets { get; }

    /// <summary>Frames that the file decodes to.</summary>
    public long Frames => EndGranule - PreSkip;

    /// <summary>Samples that all packets decode to, pre-skip and what is trimmed at the end included.</summary>
    public long PacketSamples => Packets.Sum(p => (long)p.Samples);

    /// <summary>False when the file is not one whole, intact Ogg Opus stream that begins at granule position 0.</summary>
    public static bool TryRead(Stream stream, [NotNullWhen(true)] out OpusPackets? packets)
    {
        packets = null;
        stream.Position = 0;
        using var pages = new OggPages(stream);
        if (!pages.MoveNext() || pages.Offset != 0 || !OpusHeaders.TryReadHead(pages.Current.Body, out var head)) return false;
        var serial = pages.Current.Serial;
        var sequence = pages.Current.Sequence;
        var found = new List<OpusPacket>();
        var partial = new MemoryStream();
        var isComment = true;
        var ended = false;
        long granule = 0;
        while (pages.MoveNext())
        {
            var page = pages.Current;
            if (ended || pages.SkippedBytes > 0 || page.Serial != serial || page.Sequence != ++sequence) return false;
            var body = page.Body;
            foreach (var lacing in page.Lacing)
            {
                partial.Write(body[..lacing]);
                body = body[lacing..];
                if (lacing == 255) continue;
                var bytes = partial.ToArray();
                partial.SetLength(0);
                if (!isComment) found.Add(new OpusPacket(bytes, OpusHeaders.SamplesOf(bytes)));
                isComment = false;
            }

            if (page.GranulePosition > 0) granule = page.GranulePosition;
            ended = (page.Flags & OggPage.Last) != 0;
        }

        if (!ended || pages.SkippedBytes > 0 || found.Exists(p => p.Samples == 0) || granule < head.PreSkip) return false;
        packets = new OpusPackets(head.Channels, head.PreSkip, head.InputRateHz, granule, found);
        return granule <= packets.PacketSamples;
    }
}
