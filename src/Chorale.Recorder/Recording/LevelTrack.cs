using Chorale.Audio.Pcm;
using Chorale.Protocol.Chunks;

namespace Chorale.Recorder.Recording;

/// <summary>
/// Levels of what is being recorded: over the open chunk for its row, over the last second for health and the dead-microphone alarm. The
/// recording thread writes; anybody reads the published values.
/// </summary>
internal sealed class LevelTrack
{
    private readonly DeadMicrophonePolicy _policy = new();
    private DeadMicrophonePolicy[] _channels = [];
    private IReadOnlyList<int> _deadChannels = [];
    private PcmFormat _format;
    private LevelMeter? _second;
    private LevelMeter? _chunk;
    private long _secondFrames;
    private Levels? _lastSecond;
    private long _clipped;

    /// <summary>Null before the first second.</summary>
    public Levels? LastSecond => Volatile.Read(ref _lastSecond);

    public long ClippedSamples => Volatile.Read(ref _clipped);

    public MicrophoneVerdict Verdict => _policy.Verdict;

    /// <summary>From 1; empty while all live, while all are dead (which <see cref="Verdict"/> says), and where there is but one.</summary>
    public IReadOnlyList<int> DeadChannels => Volatile.Read(ref _deadChannels);

    /// <summary>A new stretch begins.</summary>
    public void Begin(PcmFormat format)
    {
        if (format == _format) { _chunk!.Reset(); return; }
        (_format, _second, _chunk, _secondFrames) = (format, new LevelMeter(format), new LevelMeter(format), 0);
        _policy.Reset();
        _channels = [.. Enumerable.Range(0, format.Channels).Select(_ => new DeadMicrophonePolicy())];
        Volatile.Write(ref _deadChannels, []);
    }

    public void Add(ReadOnlySpan<byte> interleaved)
    {
        _second!.Add(interleaved);
        _secondFrames += interleaved.Length / _format.BytesPerFrame;
        if (_secondFrames >= _format.SampleRateHz) CloseSecond();
    }

    /// <summary>Levels of the chunk that ends here; the next one begins.</summary>
    public ChunkLevels TakeChunk()
    {
        _chunk!.Add(_second!);
        var levels = _chunk.Snapshot();
        _chunk.Reset();
        CloseSecond();
        _chunk.Reset(); // the second that was open belongs to the chunk just taken
        return new ChunkLevels([.. levels.PeakDbfs.Select(Round)], [.. levels.RmsDbfs.Select(Round)], levels.ClippedSamples);
    }

    private static double Round(double dbfs) => Math.Round(dbfs, 2);

    private void CloseSecond()
    {
        if (_secondFrames == 0) return;
        var levels = _second!.Snapshot();
        _chunk!.Add(_second);
        _second.Reset();
        Volatile.Write(ref _lastSecond, levels);
        Volatile.Write(ref _clipped, _clipped + levels.ClippedSamples);
        var length = TimeSpan.FromSeconds(_secondFrames / (double)_format.SampleRateHz);
        _policy.Add(levels.Peak, length);
        for (var c = 0; c < _channels.Length; c++) _channels[c].Add(levels.PeakDbfs[c] <= -120 ? 0 : Math.Pow(10, levels.PeakDbfs[c] / 20), length);
        var dead = _channels.Count(c => c.Verdict != MicrophoneVerdict.Alive);
        if (dead > 0 || _deadChannels.Count > 0)
            Volatile.Write(ref _deadChannels, dead == _channels.Length ? [] : [.. Enumerable.Range(1, _channels.Length).Where(n => _channels[n - 1].Verdict != MicrophoneVerdict.Alive)]);
        _secondFrames = 0;
    }
}
