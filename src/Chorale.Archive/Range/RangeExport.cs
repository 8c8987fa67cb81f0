using System.Globalization;
using Chorale.Archive.Index;
using Chorale.Audio.Files;
using Chorale.Protocol;
using Microsoft.Extensions.Logging;

namespace Chorale.Archive.Range;

/// <summary>One range, decided and ready to be written once. Holds no file open until then, and never more than a second of audio.</summary>
public sealed class RangeExport
{
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

    public int Channels => _plan.Channels;

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
    public Task WriteAsync(Stream output, CancellationToken cancel) => WriteAsync(output, null, cancel);

    /// <inheritdoc cref="WriteAsync(Stream, CancellationToken)"/>
    /// <param name="progress">Frames at <see cref="RateHz"/> so far; not called where packets are copied, which takes no time.</param>
    public Task WriteAsync(Stream output, Action<long>? progress, CancellationToken cancel) =>
        _join is not null ? _join.WriteAsync(output, Tags().Select(t => $"{t.Name}={t.Value}"), cancel)
        : AudioStream.WriteAsync(
            output, new AudioShape(_plan.Request.Format, _plan.RateHz, _plan.Channels, Bits, _plan.Frames), Tags(), Blocks(progress), cancel);

    private IEnumerable<ReadOnlyMemory<float>> Blocks(Action<long>? progress)
    {
        long done = 0;
        foreach (var block in new RangeAudio(_plan, _pathOf, _log).Blocks())
        {
            yield return block;
            done += block.Length / _plan.Channels;
            progress?.Invoke(done);
        }
    }

    /// <summary>Opus has no bits to keep; files that keep them may hold 24.</summary>
    public int Bits => _plan.Pieces.All(p => p.Chunk is null or { Codec: "opus" }) ? 16 : 24;

    private AudioTag[] Tags() =>
    [
        new("TITLE", $"{_plan.Request.Recorder} {WallTime.ToText(_plan.Request.FromUs)}"),
        new("CHORALE_RANGE_RECORDER", _plan.Request.Recorder),
        new("CHORALE_RANGE_FROM", WallTime.ToText(_plan.Request.FromUs)),
        new("CHORALE_RANGE_TO", WallTime.ToText(_plan.Request.ToUs)),
        new("CHORALE_RANGE_GAPS", _plan.Request.Gaps == GapFill.Skip ? "skip" : "silence"),
    ];
}
