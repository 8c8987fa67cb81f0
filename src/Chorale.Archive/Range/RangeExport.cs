using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Chorale.Archive.Index;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;
using Chorale.Protocol;
using Microsoft.Extensions.Logging;

namespace Chorale.Archive.Range;

/// <summary>One range, decided and ready to be written once. Holds no file open until then, and never more than a second of audio.</summary>
public sealed class RangeExport
{
    /// <summary>Of audio that was encoded once already: enough that a second time is not heard.</summary>
    private const int OpusBitratePerChannelBps = 64_000;

    /// <summary>Chunks looked at before a player hears the first: six hours of them would take longer than it may wait.</summary>
    private const int LookedToPlay = 2;

    private readonly RangePlan _plan;
    private readonly OpusJoin? _join;
    private readonly Func<RangeChunk, string> _pathOf;
    private readonly ILogger _log;

    private RangeExport(RangePlan plan, OpusJoin? join, Func<RangeChunk, string> pathOf, ILogger log) =>
        (_plan, _join, _pathOf, _log) = (plan, join, pathOf, log);

    /// <summary>False when there is no audio in the period: nothing worth writing.</summary>
    public bool HasAudio => _plan.Pieces.Any(p => p.Chunk is not null);

    /// <summary>True when packets are copied as they are.</summary>
    public bool Copies => _join is not null;

    /// <summary>Length of the stream; at 48 kHz for Opus.</summary>
    public TimeSpan Duration => TimeSpan.FromSeconds((double)_plan.Frames / _plan.RateHz);

    /// <summary>Frames of the stream at <see cref="RateHz"/>.</summary>
    public long Frames => _join?.Frames ?? _plan.Frames;

    public int RateHz => _plan.RateHz;

    public string ContentType => _plan.Request.Format switch
    {
        AudioCodec.Opus => "audio/ogg; codecs=opus",
        AudioCodec.Flac => "audio/flac",
        _ => "audio/wav",
    };

    /// <summary><c>kitchen_20260105T100000Z_20260105T110000Z.ogg</c>: safe in a header and in any file system.</summary>
    public string FileName
    {
        get
        {
            var request = _plan.Request;
            var (from, to) = (WallTime.FromMicroseconds(request.FromUs), WallTime.FromMicroseconds(request.ToUs));
            var suffix = request.Format switch { AudioCodec.Opus => "ogg", AudioCodec.Flac => "flac", _ => "wav" };
            return string.Create(CultureInfo.InvariantCulture, $"{request.Recorder}_{from:yyyyMMdd'T'HHmmss'Z'}_{to:yyyyMMdd'T'HHmmss'Z'}.{suffix}");
        }
    }

    /// <param name="index">Where the chunks are found.</param>
    /// <param name="folder">Root of the archive.</param>
    /// <param name="request">Whose and which audio, in which form.</param>
    /// <exception cref="ArgumentException">The format cannot hold this audio; the message says which can.</exception>
    public static RangeExport Prepare(ArchiveIndex index, string folder, RangeRequest request, ILogger log, CancellationToken cancel) =>
        Prepare(index, folder, request, int.MaxValue, log, cancel);

    /// <summary>For a player: begins as soon as the first chunks are known to join; the stream may end early, to be gone on with by another.</summary>
    public static RangeExport PrepareToPlay(ArchiveIndex index, string folder, RangeRequest request, ILogger log, CancellationToken cancel) =>
        Prepare(index, folder, request, LookedToPlay, log, cancel);

    private static RangeExport Prepare(ArchiveIndex index, string folder, RangeRequest request, int looked, ILogger log, CancellationToken cancel)
    {
        string PathOf(RangeChunk chunk) => Path.Combine(folder, chunk.Path);
        var plan = RangePlanner.Plan(request, index.Read(c => RangeSql.Chunks(c, request.Recorder, request.FromUs, request.ToUs)));
        if (request.Format == AudioCodec.Opus && plan.Channels > 2)
            throw new ArgumentException($"format opus holds 1 or 2 channels, this audio has {plan.Channels}: allowed are flac and wav", nameof(request));
        OpusJoin? join = null;
        if (request.Format == AudioCodec.Opus && plan.IsOneRun && plan.Pieces.All(p => p.Chunk!.Codec == "opus"))
            join = OpusJoin.TryPlan(plan, index.Read(c => RangeSql.Before(c, request.Recorder, plan.Pieces[0].Chunk!)), PathOf, looked, cancel);
        return new RangeExport(plan, join, PathOf, log);
    }

    /// <summary>Writes the stream, forwards only; returns when it is whole.</summary>
    public Task WriteAsync(Stream output, CancellationToken cancel) =>
        _join is not null ? _join.WriteAsync(output, Tags().Select(t => $"{t.Name}={t.Value}"), cancel)
        : _plan.Request.Format == AudioCodec.Wav ? WriteWavAsync(output, cancel)
        : WriteEncodedAsync(output, cancel);

    private async Task WriteWavAsync(Stream output, CancellationToken cancel)
    {
        var bits = Bits;
        await output.WriteAsync(WavHead.Of(_plan.RateHz, _plan.Channels, bits, _plan.Frames), cancel);
        long written = 0;
        foreach (var block in new RangeAudio(_plan, _pathOf, _log).Blocks())
        {
            var bytes = new byte[block.Length * bits / 8];
            if (bits == 16) ToS16(block.Span, MemoryMarshal.Cast<byte, short>(bytes.AsSpan()));
            else ToS24Packed(block.Span, bytes);
            await output.WriteAsync(bytes, cancel);
            written += bytes.Length;
        }

        if ((written & 1) != 0) await output.WriteAsync(new byte[1], cancel); // RIFF chunks have even lengths
    }

    private async Task WriteEncodedAsync(Stream output, CancellationToken cancel)
    {
        var opus = _plan.Request.Format == AudioCodec.Opus;
        var settings = opus ? new EncoderSettings(AudioCodec.Opus, OpusBitratePerChannelBps * _plan.Channels) : new EncoderSettings(AudioCodec.Flac);
        var sample = opus ? SampleFormat.F32 : Bits == 16 ? SampleFormat.S16 : SampleFormat.S24;
        using var encoder = ChunkEncoders.Create(settings, new PcmFormat(_plan.RateHz, _plan.Channels, sample), (_, _) => { });
        using var pages = new ForwardStream();
        encoder.Begin(pages, Tags());
        if (!opus) TellFlacLength(pages.Waiting.Span, _plan.Frames);
        foreach (var block in new RangeAudio(_plan, _pathOf, _log).Blocks())
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

    /// <summary>Opus has no bits to keep; files that keep them may hold 24.</summary>
    private int Bits => _plan.Pieces.All(p => p.Chunk is null or { Codec: "opus" }) ? 16 : 24;

    private AudioTag[] Tags() =>
    [
        new("TITLE", $"{_plan.Request.Recorder} {WallTime.ToText(_plan.Request.FromUs)}"),
        new("CHORALE_RANGE_RECORDER", _plan.Request.Recorder),
        new("CHORALE_RANGE_FROM", WallTime.ToText(_plan.Request.FromUs)),
        new("CHORALE_RANGE_TO", WallTime.ToText(_plan.Request.ToUs)),
        new("CHORALE_RANGE_GAPS", _plan.Request.Gaps == GapFill.Skip ? "skip" : "silence"),
    ];

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
