using System.Runtime.InteropServices;
using Chorale.Archive.Examine;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;
using Chorale.Hub;
using Chorale.Protocol.Chunks;

namespace Chorale.TestKit;

/// <summary>A sound that is known at every instant, and what microphones hear of it whose crystals run fast or slow.</summary>
public static class HeardSound
{
    /// <summary>Twelve tones that share no period, up to 9 kHz, so that only one lag fits.</summary>
    public static double Tones(double t)
    {
        double sum = 0;
        for (var i = 0; i < 12; i++) sum += Math.Sin(2 * Math.PI * (137.13 + i * i * 61.7 + i * 7.3) * t + i);
        return sum / 16;
    }

    /// <summary>A short burst every half second, each of another height: a train in which no two clicks are alike.</summary>
    public static double Clicks(double t)
    {
        var number = Math.Floor(t * 2);
        var since = t - number / 2;
        return Math.Exp(-since * 300) * Math.Sin(2 * Math.PI * (900 + 170 * (number % 7)) * since) * 0.8;
    }

    /// <param name="sound">Of seconds.</param>
    /// <param name="firstSeconds">When the first frame was.</param>
    /// <param name="ppm">How fast the crystal runs.</param>
    public static int[] Hear(Func<double, double> sound, double firstSeconds, double ppm, int rateHz, long firstFrame, int frames)
    {
        var samples = new int[frames];
        for (var i = 0; i < frames; i++) samples[i] = (int)Math.Round(sound(firstSeconds + (firstFrame + i) / (rateHz * (1 + ppm / 1e6))) * 8_388_607) << 8;
        return samples;
    }

    public static void WriteWav(string path, int rateHz, int[] samples, int channels = 1)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite);
        using var encoder = ChunkEncoders.Create(new EncoderSettings(AudioCodec.Wav), new PcmFormat(rateHz, channels, SampleFormat.S24), (_, _) => { });
        encoder.Begin(file, []);
        encoder.Write(MemoryMarshal.AsBytes(samples.AsSpan()));
        encoder.End();
    }

    /// <summary>Puts a run into a hub's archive as a recorder would have sent it: cut into chunks that say when they began and how fast the crystal ran.</summary>
    /// <param name="zeroUs">Second 0 of the sound.</param>
    /// <param name="firstSeconds">When the recorder began.</param>
    public static async Task AddRunAsync(
        HubHost hub, string recorder, Func<double, double> sound, long zeroUs, double firstSeconds, double ppm, int rateHz, AudioCodec codec, int chunks, double chunkSeconds, int? without = null)
    {
        var frames = (int)(chunkSeconds * rateHz);
        var outputs = Enumerable.Range(0, chunks).Select(_ => new MemoryStream()).ToList();
        using (var encoder = ChunkEncoders.Create(new EncoderSettings(codec, 96_000), new PcmFormat(rateHz, 1, SampleFormat.S24), (_, _) => { }))
        {
            encoder.Begin(outputs[0], []);
            for (var i = 0; i < chunks; i++)
            {
                if (i > 0) encoder.Cut(outputs[i], []);
                encoder.Write(MemoryMarshal.AsBytes(Hear(sound, firstSeconds, ppm, rateHz, (long)i * frames, frames).AsSpan()));
            }

            encoder.End();
        }

        var run = Guid.NewGuid();
        for (var i = 0; i < chunks; i++)
        {
            if (i == without) continue;
            var first = (long)i * frames;
            var start = zeroUs + (long)Math.Round((firstSeconds + first / (rateHz * (1 + ppm / 1e6))) * 1e6);
            var header = new ChunkHeader
            {
                Recorder = recorder, Run = run, Number = i, FirstFrame = first, Frames = frames, RateHz = rateHz, StartUs = start, RatePpm = ppm, UncertaintyUs = 40, State = "ok",
            };
            using var file = hub.Store.Receive();
            file.Append(outputs[i].ToArray());
            await hub.Store.AdmitAsync(file, new IncomingChunk { RecorderId = recorder, PointId = recorder, RegisterId = recorder, StartUs = start, Header = header });
        }
    }
}
