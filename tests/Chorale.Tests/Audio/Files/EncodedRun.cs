using System.Runtime.InteropServices;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;

namespace Chorale.Tests.Audio.Files;

/// <summary>Encodes one run with given cuts into memory, as the recording loop does, and decodes it again.</summary>
internal sealed class EncodedRun
{
    public List<byte[]> Files { get; } = [];

    public List<long> ReportedFrames { get; } = [];

    public List<long> FrameEnds { get; } = [];

    /// <summary>A chirp, 200 to 3000 Hz and back every 1.3 s, another phase per channel: every moment of it can be told from every other.</summary>
    public static byte[] Chirp(PcmFormat format, long frames)
    {
        var bytes = new byte[frames * format.BytesPerFrame];
        for (var i = 0L; i < frames; i++)
        {
            var t = i / (double)format.SampleRateHz;
            var sweep = t % 1.3;
            for (var c = 0; c < format.Channels; c++)
            {
                var x = 0.4 * Math.Sin(2 * Math.PI * (200 * sweep + 1077 * sweep * sweep) + c * 0.7 + Math.Floor(t / 1.3));
                Store(bytes.AsSpan((int)(i * format.BytesPerFrame + c * format.BytesPerSample)), format.SampleFormat, x);
            }
        }

        return bytes;
    }

    public static void Store(Span<byte> to, SampleFormat format, double x)
    {
        switch (format)
        {
            case SampleFormat.S16: MemoryMarshal.Write(to, (short)Math.Round(x * 32767)); break;
            case SampleFormat.S24: MemoryMarshal.Write(to, (int)Math.Round(x * 8388607) << 8); break;
            case SampleFormat.S32: MemoryMarshal.Write(to, (int)Math.Round(x * 2147483647)); break;
            default: MemoryMarshal.Write(to, (float)x); break;
        }
    }

    /// <param name="settings">Codec.</param>
    /// <param name="format">Of <paramref name="pcm"/>.</param>
    /// <param name="pcm">The whole run.</param>
    /// <param name="cuts">Frames at which to cut, ascending.</param>
    /// <param name="blockFrames">Frames of each write; gives the next.</param>
    /// <param name="tags">Of chunk n.</param>
    public static EncodedRun Encode(
        EncoderSettings settings, PcmFormat format, byte[] pcm, IReadOnlyList<long> cuts, Func<int> blockFrames, Func<int, IReadOnlyList<AudioTag>>? tags = null)
    {
        var run = new EncodedRun();
        var order = new List<Stream>();
        var done = new List<Stream>();
        using var encoder = ChunkEncoders.Create(settings, format, (stream, frames) =>
        {
            done.Add(stream);
            run.Files.Add(((MemoryStream)stream).ToArray());
            run.ReportedFrames.Add(frames);
        });
        Stream Next()
        {
            order.Add(new MemoryStream());
            return order[^1];
        }

        IReadOnlyList<AudioTag> Tags() => tags?.Invoke(order.Count) ?? [];
        encoder.Begin(Next(), Tags());
        var total = pcm.Length / format.BytesPerFrame;
        var cut = 0;
        for (long at = 0; at < total || cut < cuts.Count;)
        {
            while (cut < cuts.Count && cuts[cut] == at)
            {
                run.FrameEnds.Add(at);
                encoder.Cut(Next(), Tags());
                cut++;
            }

            var until = cut < cuts.Count ? cuts[cut] : total;
            var frames = (int)Math.Min(blockFrames(), until - at);
            if (frames == 0) break;
            encoder.Write(pcm.AsSpan((int)at * format.BytesPerFrame, frames * format.BytesPerFrame));
            at += frames;
            Assert.InRange(encoder.FramesOut, 0, at);
        }

        run.FrameEnds.Add(total);
        encoder.End();
        Assert.Equal(total, encoder.FramesOut);
        Assert.Equal(order, done);
        return run;
    }

    public static float[] Decode(byte[] file)
    {
        using var reader = AudioFileReader.Open(new MemoryStream(file));
        var samples = new float[reader.Frames * reader.Format.Channels];
        var read = reader.Read(samples);
        Assert.Equal(reader.Frames, read);
        Assert.Equal(0, reader.Read(new float[reader.Format.Channels]));
        return samples;
    }

    /// <summary>Frames at 48 kHz up to source frame <paramref name="frame"/>.</summary>
    public static long At48k(long frame, int rateHz) => (frame * 48_000 + rateHz - 1) / rateHz;
}
