using System.Buffers.Binary;
using System.Text;
using Chorale.Audio.Files;

namespace Chorale.Recorder.Spool;

internal static class ChunkFiles
{
    public static ChunkInspection Inspect(string path)
    {
        var b = File.ReadAllBytes(path);
        if (b.AsSpan().IndexOfAnyExcept((byte)0) < 0) return new(ChunkCondition.Empty, null, 0, 0, 0, 0, 0, [], "zeros");
        if (b.Length < 44 || !b.AsSpan(0, 4).SequenceEqual("RIFF"u8) || !b.AsSpan(8, 8).SequenceEqual("WAVEfmt "u8)) return Bad("no header");
        var rate = BinaryPrimitives.ReadInt32LittleEndian(b.AsSpan(24));
        var channels = BinaryPrimitives.ReadInt16LittleEndian(b.AsSpan(22));
        if (rate <= 0 || channels is < 1 or > 8) return Bad("bad format");
        var tags = new List<AudioTag>();
        var at = 36L;
        while (at + 8 <= b.Length)
        {
            var id = b.AsSpan((int)at, 4);
            var size = BinaryPrimitives.ReadUInt32LittleEndian(b.AsSpan((int)at + 4));
            if (id.SequenceEqual("data"u8))
            {
                var have = b.Length - at - 8;
                var whole = Math.Min(have, size) / (2 * channels) * 2 * channels;
                if (size == 0) whole = have / (2 * channels) * 2 * channels;
                if (whole == 0) return new(ChunkCondition.Empty, AudioCodec.Wav, rate, rate, channels, 0, at + 8, tags, "header only");
                return new(whole == size ? ChunkCondition.Intact : ChunkCondition.TornTail, AudioCodec.Wav, rate, rate, channels, whole / 2 / channels, at + 8 + whole, tags, "");
            }

            if (id.SequenceEqual("LIST"u8) && at + 20 < b.Length)
            {
                var n = (int)Math.Min(size - 12, b.Length - at - 20);
                if (n <= 0) return Bad("bad list");
                foreach (var line in Encoding.UTF8.GetString(b, (int)at + 20, n).TrimEnd('\0').Split('\n'))
                {
                    if (line.Split('=', 2) is [var k, var v]) tags.Add(new(k, v));
                }
            }

            at += 8 + size + size % 2;
        }

        return Bad("no data");
        static ChunkInspection Bad(string why) => new(ChunkCondition.NotAudio, null, 0, 0, 0, 0, 0, [], why);
    }

    public static ChunkInspection Repair(string path, ChunkInspection inspection)
    {
        using var f = new FileStream(path, FileMode.Open);
        f.SetLength(inspection.ValidBytes);
        Span<byte> n = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(n, (int)inspection.ValidBytes - 8);
        f.Position = 4;
        f.Write(n);
        var data = inspection.Frames * 2 * inspection.Channels;
        BinaryPrimitives.WriteInt32LittleEndian(n, (int)data);
        f.Position = inspection.ValidBytes - data - 4;
        f.Write(n);
        f.Flush(true);
        return inspection with { Condition = ChunkCondition.Intact };
    }
}
