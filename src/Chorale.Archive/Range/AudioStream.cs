using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;

namespace Chorale.Archive.Range;

/// <param name="Bits">16 or 24; of no meaning for Opus.</param>
/// <param name="Frames">Of the whole: WAV and FLAC say it before their first sample.</param>
public sealed record AudioShape(AudioCodec Codec, int RateHz, int Channels, int Bits, long Frames)
{
    public string ContentType => Codec switch
    {
        AudioCodec.Opus => "audio/ogg; codecs=opus",
        AudioCodec.Flac => "audio/flac",
        _ => "audio/wav",
    };

    public static string Suffix(AudioCodec codec) => codec switch { AudioCodec.Opus => "ogg", AudioCodec.Flac => "flac", _ => "wav" };
}

/// <summary>Writes decoded audio as a file, forwards only: what has gone out is not gone back to.</summary>
public static class AudioStream
{
    /// <summary>Of audio that was encoded once already: enough that a second time is not heard.</summary>
    public const int OpusBitratePerChannelBps = 64_000;

    /// <param name="output">Takes the bytes as they come.</param>
    /// <param name="shape">What is written.</param>
    /// <param name="tags">Of the file; WAV has none.</param>
    /// <param name="blocks">Interleaved frames, as many as the shape says; each is used up before the next is asked for.</param>
    public static Task WriteAsync(
        Stream output, AudioShape shape, IReadOnlyList<AudioTag> tags, IEnumerable<ReadOnlyMemory<float>> blocks, CancellationToken cancel) =>
        shape.Codec == AudioCodec.Wav ? WriteWavAsync(output, shape, blocks, cancel) : WriteEncodedAsync(output, shape, tags, blocks, cancel);

    private static async Task WriteWavAsync(Stream output, AudioShape shape, IEnumerable<ReadOnlyMemory<float>> blocks, CancellationToken cancel)
    {
        await output.WriteAsync(WavHead.Of(shape.RateHz, shape.Channels, shape.Bits, shape.Frames), cancel);
        long written = 0;
        foreach (var block in blocks)
        {
            var bytes = new byte[block.Length * shape.Bits / 8];
            if (shape.Bits == 16) ToS16(block.Span, MemoryMarshal.Cast<byte, short>(bytes.AsSpan()));
            else ToS24Packed(block.Span, bytes);
            await output.WriteAsync(bytes, cancel);
            written += bytes.Length;
        }

        if ((written & 1) != 0) await output.WriteAsync(new byte[1], cancel); // RIFF chunks have even lengths
    }

    private static async Task WriteEncodedAsync(
        Stream output, AudioShape shape, IReadOnlyList<AudioTag> tags, IEnumerable<ReadOnlyMemory<float>> blocks, CancellationToken cancel)
    {
        var opus = shape.Codec == AudioCodec.Opus;
        var settings = opus ? new EncoderSettings(AudioCodec.Opus, OpusBitratePerChannelBps * shape.Channels) : new EncoderSettings(AudioCodec.Flac);
        var sample = opus ? SampleFormat.F32 : shape.Bits == 16 ? SampleFormat.S16 : SampleFormat.S24;
        using var encoder = ChunkEncoders.Create(settings, new PcmFormat(shape.RateHz, shape.Channels, sample), (_, _) => { });
        using var pages = new ForwardStream();
        encoder.Begin(pages, tags);
        if (!opus) TellFlacLength(pages.Waiting.Span, shape.Frames);
        foreach (var block in blocks)
        {
            encoder.Write(Bytes(block, sample));
            await DrainAsync(pages, output, cancel);
        }

        encoder.End();
        await DrainAsync(pages, output, cancel);
    }

    private static async Task DrainAsync(ForwardStream pages, Stream output, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (pages.Waiting.Length == 0) return;
        await output.WriteAsync(pages.Waiting, cancel);
        pages.Take();
    }

    /// <summary>
    /// The length in STREAMINFO, which the encoder would go back for: 36 bits that end at byte 26 of the file (RFC 9639 section 8.2).
    /// </summary>
    private static void TellFlacLength(Span<byte> head, long frames)
    {
        if (head.Length < 26 || !head.StartsWith("fLaC"u8) || frames >> 36 != 0) return;
        head[21] = (byte)((head[21] & 0xF0) | (int)(frames >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(head[22..], (uint)frames);
    }

    private static ReadOnlySpan<byte> Bytes(ReadOnlyMemory<float> block, SampleFormat format)
    {
        if (format == SampleFormat.F32) return MemoryMarshal.AsBytes(block.Span);
        if (format == SampleFormat.S16)
        {
            var samples = new short[block.Length];
            ToS16(block.Span, samples);
            return MemoryMarshal.AsBytes<short>(samples);
        }

        var wide = new int[block.Length];
        for (var i = 0; i < wide.Length; i++) wide[i] = ToS24(block.Span[i]) << 8;
        return MemoryMarshal.AsBytes<int>(wide);
    }

    private static void ToS16(ReadOnlySpan<float> from, Span<short> to)
    {
        for (var i = 0; i < from.Length; i++) to[i] = (short)Math.Clamp(MathF.Round(from[i] * 32768f), short.MinValue, short.MaxValue);
    }

    private static void ToS24Packed(ReadOnlySpan<float> from, Span<byte> to)
    {
        Span<byte> four = stackalloc byte[4];
        for (var i = 0; i < from.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(four, ToS24(from[i]));
            four[..3].CopyTo(to[(i * 3)..]);
        }
    }

    private static int ToS24(float sample) => (int)Math.Clamp(MathF.Round(sample * 8_388_608f), -8_388_608f, 8_388_607f);
}
