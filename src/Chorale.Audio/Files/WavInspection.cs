using System.Buffers.Binary;
using System.Text;

namespace Chorale.Audio.Files;

/// <summary>
/// WAV by the length of the file: a size field is compared with it, never believed. WAV has no checksums, so zeros at its end may be
/// silence or sectors never written; the detail says how many there are.
/// </summary>
internal static class WavInspection
{
    private const int ChunksMax = 1_000;
    private const int InfoBytesMax = 1 << 20;

    /// <summary>A header without audio is torn up to here, and something else beyond.</summary>
    private const int HeaderBytesMax = 64 * 1024;

    /// <summary>Zeros at the end worth a word: a disk block.</summary>
    private const int ZeroTailBytes = 4096;

    /// <returns>Null when it is RIFF, but not WAV with plain samples.</returns>
    public static ChunkInspection? Inspect(Stream stream)
    {
        if (!TryRead(stream, out var wav)) return null;
        if (wav.Problem is not null) return ChunkFiles.Nothing(ChunkCondition.NotAudio, wav.Problem, AudioCodec.Wav);
        if ((wav.SampleRateHz == 0 || wav.DataOffset == 0) && stream.Length > HeaderBytesMax)
            return ChunkFiles.Nothing(ChunkCondition.NotAudio, $"no audio is found in {stream.Length} bytes behind a WAV header", AudioCodec.Wav);
        if (wav.SampleRateHz == 0) return ChunkFiles.Nothing(ChunkCondition.Empty, "the header is torn and nothing follows it", AudioCodec.Wav);
        if (!wav.IsPlain) return null;
        var frames = wav.DataOffset == 0 ? 0 : wav.AudioBytes / wav.BytesPerFrame;
        var valid = wav.IsWhole ? stream.Length : wav.DataOffset + frames * wav.BytesPerFrame;
        var condition = frames == 0 ? ChunkCondition.Empty : wav.IsWhole ? ChunkCondition.Intact : ChunkCondition.TornTail;
        var detail = frames == 0 ? "a header and no audio"
            : wav.IsWhole ? "whole"
            : $"the header says {wav.ClaimedBytes} bytes of audio, {wav.AudioBytes} are there";
        var zeros = frames == 0 ? 0 : ZerosAtEnd(stream, wav.DataOffset + frames * wav.BytesPerFrame, frames * wav.BytesPerFrame);
        if (zeros >= ZeroTailBytes) detail += $"; the last {zeros} bytes of audio are zero: silence, or never written";
        return new ChunkInspection(
            condition, AudioCodec.Wav, wav.SampleRateHz, wav.SampleRateHz, wav.Channels, frames, valid, wav.Tags, detail);
    }

    /// <summary>The tags of LIST INFO.</summary>
    public static IReadOnlyList<AudioTag> ReadTags(Stream stream) => TryRead(stream, out var wav) ? wav.Tags : [];

    /// <summary>Whole frames stay; then the sizes are set from the length, the one nearest the audio first. Any of it can be done again.</summary>
    public static void Repair(Stream stream)
    {
        if (!TryRead(stream, out var wav) || wav.Problem is not null || wav.DataOffset == 0) return;
        var dataBytes = wav.AudioBytes / wav.BytesPerFrame * wav.BytesPerFrame;
        stream.SetLength(wav.DataOffset + dataBytes + (dataBytes & 1));
        var riffBytes = stream.Length - 8;
        var is64 = riffBytes >= WavLayout.Unknown32;
        Span<byte> field = stackalloc byte[4];
        void Write(long offset, long value, Span<byte> bytes)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)Math.Min(value, WavLayout.Unknown32));
            stream.Position = offset;
            stream.Write(bytes);
        }

        if (is64 && wav.Ds64Offset > 0)
        {
            var chunk = new byte[36];
            WavLayout.WriteDs64(chunk, riffBytes, dataBytes, dataBytes / wav.BytesPerFrame);
            stream.Position = wav.Ds64Offset;
            stream.Write(chunk);
        }

        if (wav.FactOffset > 0) Write(wav.FactOffset, is64 ? WavLayout.Unknown32 : dataBytes / wav.BytesPerFrame, field);
        Write(wav.DataOffset - 4, is64 ? WavLayout.Unknown32 : dataBytes, field);
        Write(4, is64 ? WavLayout.Unknown32 : riffBytes, field);
        stream.Position = 0;
        stream.Write(is64 && wav.Ds64Offset > 0 ? "RF64"u8 : "RIFF"u8);
    }

    private static bool TryRead(Stream stream, out Wav wav)
    {
        wav = new Wav();
        Span<byte> head = stackalloc byte[12];
        if (!ReadAt(stream, 0, head)) return true; // torn within its first 12 bytes
        if (!head[8..].SequenceEqual("WAVE"u8)) return false;
        wav.Is64 = head.StartsWith("RF64"u8);
        long offset = 12;
        Span<byte> chunk = stackalloc byte[8];
        for (var i = 0; i < ChunksMax && ReadAt(stream, offset, chunk); i++)
        {
            var size = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            var body = offset + 8;
            if (chunk.StartsWith("data"u8))
            {
                wav.TakeData(stream, body, size);
                return true;
            }

            if (chunk.StartsWith("fmt "u8)) wav.TakeFormat(stream, body, size);
            else if (chunk.StartsWith("fact"u8)) wav.FactOffset = body;
            else if (chunk.StartsWith("ds64"u8) || (chunk.StartsWith("JUNK"u8) && size == 28 && offset == 12)) wav.TakeDs64(stream, offset);
            else if (chunk.StartsWith("LIST"u8) && size <= InfoBytesMax) wav.TakeInfo(stream, body, (int)size);
            offset = body + size + (size & 1);
        }

        return true;
    }

    private static bool ReadAt(Stream stream, long offset, Span<byte> bytes)
    {
        if (offset < 0 || offset > stream.Length - bytes.Length) return false;
        stream.Position = offset;
        return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length;
    }

    private static long ZerosAtEnd(Stream stream, long end, long most)
    {
        var buffer = new byte[64 * 1024];
        long zeros = 0;
        while (zeros < most)
        {
            var take = (int)Math.Min(buffer.Length, most - zeros);
            if (!ReadAt(stream, end - zeros - take, buffer.AsSpan(0, take))) break;
            var last = buffer.AsSpan(0, take).LastIndexOfAnyExcept((byte)0);
            zeros += take - 1 - last;
            if (last >= 0) break;
        }

        return zeros;
    }

    private sealed class Wav
    {
        public bool Is64 { get; set; }

        public bool IsPlain { get; set; } = true;

        public int SampleRateHz { get; private set; }

        public int Channels { get; private set; }

        public int BytesPerFrame { get; private set; } = 1;

        public string? Problem { get; private set; }

        public long Ds64Offset { get; private set; }

        public long FactOffset { get; set; }

        /// <summary>0: the header ends before its data chunk.</summary>
        public long DataOffset { get; private set; }

        public long ClaimedBytes { get; private set; }

        /// <summary>Bytes of samples that are there.</summary>
        public long AudioBytes { get; private set; }

        /// <summary>The header and the length agree.</summary>
        public bool IsWhole { get; private set; }

        public List<AudioTag> Tags { get; } = [];

        private long Claimed64 { get; set; }

        public void TakeFormat(Stream stream, long offset, uint size)
        {
            Span<byte> format = stackalloc byte[16];
            if (size < 16 || !ReadAt(stream, offset, format)) return;
            var tag = BinaryPrimitives.ReadUInt16LittleEndian(format);
            var rate = BinaryPrimitives.ReadUInt32LittleEndian(format[4..]);
            var bits = BinaryPrimitives.ReadUInt16LittleEndian(format[14..]);
            Span<byte> guid = stackalloc byte[2];
            if (tag == WavLayout.TagExtensible && size >= 26 && ReadAt(stream, offset + 24, guid)) tag = BinaryPrimitives.ReadUInt16LittleEndian(guid);
            Channels = BinaryPrimitives.ReadUInt16LittleEndian(format[2..]);
            BytesPerFrame = BinaryPrimitives.ReadUInt16LittleEndian(format[12..]);
            IsPlain = tag is WavLayout.TagPcm or WavLayout.TagFloat;
            if (Channels == 0 || rate is 0 or > 768_000 || BytesPerFrame == 0 || (IsPlain && BytesPerFrame != (bits + 7) / 8 * Channels))
                Problem = $"the header claims {rate} Hz, {Channels} channels, {bits} bits in {BytesPerFrame} bytes a frame";
            else SampleRateHz = (int)rate;
        }

        public void TakeDs64(Stream stream, long offset)
        {
            Span<byte> sizes = stackalloc byte[28];
            if (!ReadAt(stream, offset + 8, sizes)) return;
            Ds64Offset = offset;
            Claimed64 = BinaryPrimitives.ReadInt64LittleEndian(sizes[8..]);
        }

        public void TakeData(Stream stream, long offset, uint size)
        {
            DataOffset = offset;
            ClaimedBytes = Is64 && size == WavLayout.Unknown32 ? Claimed64 : size;
            var there = stream.Length - offset;
            // What follows the claimed end may be more chunks; else it is audio that the header does not know of yet.
            var isPadded = ClaimedBytes >= 0 && ClaimedBytes + (ClaimedBytes & 1) == there;
            IsWhole = ClaimedBytes > 0 && (ClaimedBytes == there || isPadded || (ClaimedBytes < there && ChunksFollow(stream, offset + ClaimedBytes + (ClaimedBytes & 1))));
            AudioBytes = IsWhole ? ClaimedBytes : there;
        }

        public void TakeInfo(Stream stream, long offset, int size)
        {
            var bytes = new byte[Math.Min(size, Math.Max(0, stream.Length - offset))];
            if (bytes.Length < 4 || !ReadAt(stream, offset, bytes) || !bytes.AsSpan().StartsWith("INFO"u8)) return;
            for (var at = 4; at + 8 <= bytes.Length;)
            {
                var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 4));
                if (length > bytes.Length - at - 8) return;
                var name = Encoding.ASCII.GetString(bytes, at, 4);
                var text = Encoding.UTF8.GetString(bytes, at + 8, (int)length).TrimEnd('\0');
                if (name == "ICMT") Tags.AddRange(CommentLines.Parse(text));
                else if (text.Length > 0) Tags.Add(new AudioTag(name switch { "INAM" => "TITLE", "IART" => "ARTIST", "ICRD" => "DATE", "ISFT" => "ENCODER", _ => name }, text));
                at += 8 + (int)length + ((int)length & 1);
            }
        }

        /// <summary>Whether nothing but well-formed chunks lies between here and the end.</summary>
        private static bool ChunksFollow(Stream stream, long offset)
        {
            Span<byte> chunk = stackalloc byte[8];
            for (var i = 0; i < ChunksMax && offset != stream.Length; i++)
            {
                if (!ReadAt(stream, offset, chunk) || chunk[..4].ContainsAnyExceptInRange((byte)' ', (byte)'~')) return false;
                var size = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
                offset = Math.Min(offset + 8 + size + (size & 1), offset + 8 + size == stream.Length ? stream.Length : long.MaxValue);
            }

            return offset == stream.Length;
        }
    }
}
