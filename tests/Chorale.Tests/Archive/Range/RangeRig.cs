using System.Runtime.InteropServices;
using Chorale.Archive.Index;
using Chorale.Archive.Range;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;
using Chorale.Protocol.Chunks;
using Microsoft.Extensions.Logging.Abstractions;

namespace Chorale.Tests.Archive.Range;

/// <summary>An archive with real files of known samples, written by the encoders that recorders use.</summary>
public sealed class RangeRig : IDisposable
{
    public const long Second = 1_000_000;
    public const long T0 = 1_767_614_400L * Second;
    private readonly TempFolder _folder = new();
    private int _files;

    public RangeRig()
    {
        Index = ArchiveIndex.Open(_folder.Path);
        Index.Write((c, t) => RecorderSql.Seen(c, t, new RecorderSeen("mic", null, null, null, T0, null, T0)));
    }

    public ArchiveIndex Index { get; }

    public string Folder => _folder.Path;

    /// <summary>Encodes one run, cut into chunks of the given lengths, beginning at a wall time; returns the samples, mono.</summary>
    public short[] AddRun(AudioCodec codec, int rateHz, long startUs, IReadOnlyList<int> chunkFrames, int seed, int? without = null)
    {
        var samples = Noise(chunkFrames.Sum(), rateHz, seed);
        var outputs = chunkFrames.Select(_ => new FileStream(_folder[$"{_files++}.audio"], FileMode.Create, FileAccess.ReadWrite)).ToList();
        using (var encoder = ChunkEncoders.Create(new EncoderSettings(codec, 64_000), new PcmFormat(rateHz, 1, SampleFormat.S16), (_, _) => { }))
        {
            encoder.Begin(outputs[0], []);
            var at = 0;
            for (var i = 0; i < chunkFrames.Count; i++)
            {
                if (i > 0) encoder.Cut(outputs[i], []);
                encoder.Write(MemoryMarshal.AsBytes(samples.AsSpan(at, chunkFrames[i])));
                at += chunkFrames[i];
            }

            encoder.End();
        }

        var run = Guid.NewGuid();
        long first = 0;
        for (var i = 0; i < chunkFrames.Count; i++)
        {
            var path = outputs[i].Name;
            outputs[i].Dispose();
            if (i != without) Insert(path, codec, rateHz, startUs, run, i, first, chunkFrames[i]);
            first += chunkFrames[i];
        }

        return samples;
    }

    public static long Us(long frame, int rateHz) => (frame * Second + rateHz / 2) / rateHz;

    /// <summary>Writes the range and decodes it again, mono.</summary>
    public async Task<(float[] Samples, RangeExport Export, byte[] Bytes)> ReadAsync(long fromUs, long toUs, AudioCodec format, GapFill gaps)
    {
        var export = RangeExport.Prepare(Index, Folder, new RangeRequest("mic", fromUs, toUs, format, gaps), NullLogger.Instance, CancellationToken.None);
        using var stream = new MemoryStream();
        await export.WriteAsync(stream, CancellationToken.None);
        stream.Position = 0;
        return (Decode(stream), export, stream.ToArray());
    }

    /// <summary>What the files themselves decode to, one after the other.</summary>
    public float[] DecodeFiles(AudioCodec codec) =>
    [
        .. Index.Read(c => RangeSql.Chunks(c, "mic", 0, long.MaxValue / 4)).Where(c => c.Codec == Text(codec)).SelectMany(c =>
        {
            using var file = File.OpenRead(Path.Combine(Folder, c.Path));
            return Decode(file);
        }),
    ];

    public static float[] Decode(Stream stream)
    {
        using var reader = AudioFileReader.Open(stream);
        var samples = new List<float>();
        var block = new float[4800 * reader.Format.Channels];
        while (reader.Read(block) is > 0 and var read)
        {
            for (var i = 0; i < read; i++) samples.Add(block[i * reader.Format.Channels]);
        }

        Assert.Equal(reader.Frames, samples.Count);
        return [.. samples];
    }

    /// <summary>Error of <paramref name="actual"/> against <paramref name="expected"/>, as a part of the signal.</summary>
    public static double Error(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        double error = 0, signal = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            error += (expected[i] - actual[i]) * (expected[i] - actual[i]);
            signal += expected[i] * expected[i];
        }

        return Math.Sqrt(error / signal);
    }

    public void Dispose()
    {
        Index.Dispose();
        _folder.Dispose();
    }

    private static string Text(AudioCodec codec) => codec switch { AudioCodec.Opus => "opus", AudioCodec.Flac => "flac", _ => "wav" };

    private void Insert(string path, AudioCodec codec, int rateHz, long startUs, Guid run, int number, long first, long frames) =>
        Index.Write((c, t) => ChunkSql.Insert(c, t, new ChunkRow
        {
            ChunkId = Guid.NewGuid().ToString(), RecorderId = "mic", RunId = run.ToString(), Number = number, FirstFrame = first, Frames = frames,
            RateHz = rateHz, Channels = 1, Codec = Text(codec), StartUs = startUs + Us(first, rateHz), EndUs = startUs + Us(first + frames, rateHz),
            Path = Path.GetFileName(path), SizeBytes = new FileInfo(path).Length, Sha256 = path, ReceivedUs = T0,
        }));

    /// <summary>Band-limited noise: a shift by a single frame is an error of a third of the signal.</summary>
    private static short[] Noise(int frames, int rateHz, int seed)
    {
        var random = new Random(seed);
        var samples = new short[frames];
        double a = 0, b = 0;
        var smooth = Math.Exp(-2 * Math.PI * 1500 / rateHz);
        for (var i = 0; i < frames; i++)
        {
            a = a * smooth + (random.NextDouble() - 0.5) * (1 - smooth);
            b = b * smooth + a * (1 - smooth);
            samples[i] = (short)(b * 60_000);
        }

        return samples;
    }
}
