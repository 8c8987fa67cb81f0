using System.Text;
using Chorale.Protocol.Chunks;

namespace Chorale.Tests.Spool;

/// <summary>The smallest WAV file that says what the recorder's tags say: RIFF, fmt, LIST INFO ICMT, data. S16 mono.</summary>
internal static class WavBytes
{
    /// <param name="output">Where to.</param>
    /// <param name="tags">Written as one ICMT; the first frame also gives the samples.</param>
    /// <param name="frames">Frames to write.</param>
    /// <param name="dataBytes">What the header says; null = the truth, 0 = a file whose writer was killed.</param>
    public static void Write(Stream output, ChunkTags tags, int frames, int? dataBytes = null)
    {
        output.Write(Header(tags, dataBytes ?? frames * 2));
        if (frames > 0) output.Write(Samples(tags.FirstFrame, frames));
        output.Flush();
    }

    /// <summary>Puts the true length into the header, as an encoder does at the end.</summary>
    public static void Finish(Stream output, ChunkTags tags, int frames)
    {
        output.Seek(0, SeekOrigin.Begin);
        output.Write(Header(tags, frames * 2));
    }

    /// <summary>Samples that tell their place: never zero, so that silence is damage.</summary>
    public static byte[] Samples(long firstFrame, int frames)
    {
        var bytes = new byte[frames * 2];
        for (var i = 0; i < frames; i++) BitConverter.TryWriteBytes(bytes.AsSpan(i * 2), (short)((firstFrame + i) % 30_000 + 1));
        return bytes;
    }

    private static byte[] Header(ChunkTags tags, int data)
    {
        var comment = Encoding.UTF8.GetBytes(string.Join('\n', tags.ToPairs().Select(p => $"{p.Key}={p.Value}")) + "\0");
        if (comment.Length % 2 != 0) comment = [.. comment, 0];
        using var bytes = new MemoryStream();
        using var w = new BinaryWriter(bytes);
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
        w.Write(data);
        w.Flush();
        return bytes.ToArray();
    }
}
