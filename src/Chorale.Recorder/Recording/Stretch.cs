using Chorale.Audio.Capture;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Live;
using Chorale.Recorder.Spool;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Recording;

/// <param name="Recorder">Recorder id, into the tags.</param>
/// <param name="Encoder">Codec, bit rate, complexity.</param>
/// <param name="ChunkLength">1 s to 1 h.</param>
/// <param name="AlignToClock">Cut on wall-clock multiples of the length.</param>
/// <param name="SyncInterval">How often an appended file (WAV, FLAC) is synced; Ogg Opus is durable with every write.</param>
internal sealed record RecordingOptions(
    string Recorder, EncoderSettings Encoder, TimeSpan ChunkLength, bool AlignToClock, TimeSpan SyncInterval)
{
    /// <summary>Null where nobody can listen along.</summary>
    public LiveTap? Live { get; init; }
}

/// <summary>
/// Frames of one run that follow each other without a hole, through one encoder into one chunk after another. Used by the recording
/// thread only. When the disk fails it throws, and <see cref="Abandon"/> says which frame is the first that is not safe.
/// </summary>
internal sealed class Stretch : IDisposable
{
    private readonly CaptureRun _run;
    private readonly RecordingOptions _options;
    private readonly SpoolStore _spool;
    private readonly SealLoop _seals;
    private readonly ChunkRotation _rotation;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly IChunkEncoder _encoder;
    private readonly LevelTrack _levels;
    private readonly long _firstFrame;
    private readonly List<Part> _open = []; // oldest first; at most two: the one being written and the one whose codec tail is due
    private Part _current;
    private long _written;
    private long _nextSyncStamp;
    private bool _abandoned;

    /// <param name="firstFrame">Frame of the run this stretch begins with.</param>
    /// <param name="firstNumber">Chunk number in the run.</param>
    /// <param name="gapBefore">Gap directly before, for the tags.</param>
    public Stretch(
        CaptureRun run, long firstFrame, int firstNumber, GapEntry? gapBefore, RecordingOptions options, SpoolStore spool, SealLoop seals,
        LevelTrack levels, TimeProvider time, ILogger log)
    {
        (_run, _firstFrame, _options, _spool, _seals, _levels, _time, _log) = (run, firstFrame, options, spool, seals, levels, time, log);
        _rotation = new ChunkRotation(options.ChunkLength, options.AlignToClock);
        levels.Begin(run.Format);
        _encoder = ChunkEncoders.Create(options.Encoder, run.Format, Completed);
        try
        {
            _current = Open(firstFrame, firstNumber, gapBefore);
            _encoder.Begin(_current.Output, _current.FileTags);
        }
        catch
        {
            Abandon(out _);
            throw;
        }
    }

    /// <summary>Number the next chunk of the run gets.</summary>
    public int NextNumber => _current.Number + 1;

    /// <summary>Frames that had better be waited for: fewer would lie in the codec.</summary>
    public int FramesToNextOutput => _encoder.FramesToNextOutput;

    /// <summary>First frame of the run that is not yet known to be on the disk.</summary>
    public long DurableFrame { get; private set; }

    /// <summary>Encodes whole frames, cutting where a chunk is full.</summary>
    public void Write(ReadOnlySpan<byte> interleaved)
    {
        var bytesPerFrame = _run.Format.BytesPerFrame;
        while (!interleaved.IsEmpty)
        {
            if (_current.Frames == _current.Target) Cut();
            var take = (int)Math.Min(interleaved.Length / bytesPerFrame, _current.Target - _current.Frames);
            var part = interleaved[..(take * bytesPerFrame)];
            _levels.Add(part);
            _options.Live?.Frames(_run, _current.Chunk.Start.Tags, _options.Encoder.Codec, _current.FirstFrame + _current.Frames, part);
            // Counted before they are handed over: where the disk fails within the call, some of them are in the file all the same.
            _current.Frames += take;
            _written += take;
            _encoder.Write(part);
            interleaved = interleaved[part.Length..];
        }

        Sync();
    }

    /// <summary>Ends the last chunk with exactly what was written; everything is handed to be sealed on return.</summary>
    public void End()
    {
        _current.Levels = _levels.TakeChunk();
        _encoder.End();
        DurableFrame = _firstFrame + _written;
    }

    /// <summary>
    /// After a failure of the disk: keeps what is safe in the open files and gives up the rest.
    /// </summary>
    /// <param name="nextNumber">Number for the chunk that goes on.</param>
    /// <returns>The first frame of the run that is in no file and must be read again.</returns>
    public long Abandon(out int nextNumber)
    {
        _abandoned = true;
        _encoder.Dispose();
        foreach (var part in _open)
        {
            var kept = Salvage.Keep(_spool, _seals, part.Chunk, part.Frames, _log);
            nextNumber = kept > 0 ? part.Number + 1 : part.Number;
            if (kept >= part.Target && part != _current) continue; // whole, and the next one follows it
            DiscardAfter(part);
            return part.FirstFrame + kept;
        }

        nextNumber = _current?.Number ?? 0;
        return _current?.FirstFrame ?? _firstFrame;
    }

    public void Dispose() => _encoder.Dispose();

    private void DiscardAfter(Part part)
    {
        foreach (var later in _open.SkipWhile(p => p != part).Skip(1)) Salvage.Drop(_spool, later.Chunk, _log);
    }

    private void Cut()
    {
        _current.Levels = _levels.TakeChunk();
        var next = Open(_current.FirstFrame + _current.Frames, _current.Number + 1, null);
        _current = next;
        _encoder.Cut(next.Output, next.FileTags);
    }

    private Part Open(long firstFrame, int number, GapEntry? gapBefore)
    {
        var start = _run.Clock.At(firstFrame);
        var target = _rotation.FramesFor(start.Utc, _run.Format.SampleRateHz, start.RatePpm);
        var tags = new ChunkTags
        {
            Recorder = _options.Recorder, Run = _run.Id, Number = number, FirstFrame = firstFrame, RateHz = _run.Format.SampleRateHz,
            StartUs = WallTime.ToMicroseconds(start.Utc), UncertaintyUs = start.UncertaintyUs, RatePpm = start.RatePpm, GapBefore = gapBefore,
        };
        var length = _run.Format.DurationOf(target);
        var chunk = _spool.Begin(new ChunkStart(
            SpoolStore.IdOf(new RunId(_run.Id), number), tags, _options.Encoder.Codec, _run.Format.Channels, length, ChunkSize.Expected(_options.Encoder, _run.Format, length)));
        var output = _options.Live?.Tee(chunk.Output, _options.Encoder.Codec) ?? chunk.Output;
        var part = new Part(chunk, output, number, firstFrame, target, [.. tags.ToPairs().Select(p => new AudioTag(p.Key, p.Value))]);
        _open.Add(part);
        return part;
    }

    /// <summary>Called by the encoder, on the recording thread, when the last byte of a file is in its stream.</summary>
    private void Completed(Stream output, long frames)
    {
        if (_abandoned) return;
        var part = _open.Find(p => p.Output == output)!;
        output.Flush();
        _open.Remove(part);
        var clock = _run.Clock.At(part.FirstFrame + frames);
        _seals.Post(part.Chunk, new ChunkFacts(frames, part.Levels, clock.RatePpm, _run.Clock.At(part.FirstFrame).UncertaintyUs));
    }

    private void Sync()
    {
        var now = _time.GetTimestamp();
        // Where every write is durable the flush costs nothing; else it is a real sync and has its interval.
        if (_options.Encoder.Codec != AudioCodec.Opus && now < _nextSyncStamp) return;
        _nextSyncStamp = now + (long)(_options.SyncInterval.TotalSeconds * _time.TimestampFrequency);
        var safe = _firstFrame + _encoder.FramesOut;
        foreach (var part in _open) part.Chunk.Output.Flush();
        DurableFrame = safe;
    }

    private sealed class Part(OpenChunk chunk, Stream output, int number, long firstFrame, long target, IReadOnlyList<AudioTag> fileTags)
    {
        public OpenChunk Chunk { get; } = chunk;

        /// <summary>What the encoder writes to: the chunk's file, and whoever listens along.</summary>
        public Stream Output { get; } = output;
        public int Number { get; } = number;
        public long FirstFrame { get; } = firstFrame;
        public long Target { get; } = target;
        public IReadOnlyList<AudioTag> FileTags { get; } = fileTags;
        public long Frames { get; set; }
        public ChunkLevels? Levels { get; set; }
    }
}
