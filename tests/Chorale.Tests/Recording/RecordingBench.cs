using Chorale.Audio.Capture;
using Chorale.Audio.Files;
using Chorale.Protocol.Chunks;
using Chorale.Recorder;
using Chorale.Recorder.Recording;
using Chorale.Recorder.Spool;
using Chorale.Storage;

namespace Chorale.Tests.Recording;

/// <summary>A recording loop on a real ring and a real spool, with a microphone and a clock played by hand.</summary>
internal sealed class RecordingBench : IDisposable
{
    private readonly CancellationTokenSource _abort = new();
    private readonly Task _sealing;
    private readonly SealLoop _seals;
    private readonly RecordingLoop _loop;
    private readonly Thread _thread;
    private Exception? _failure;

    public RecordingBench(
        AudioCodec codec = AudioCodec.Wav, int chunkSeconds = 2, RecordingSchedule? schedule = null, DiskCalls? disk = null, int ringSeconds = 10, bool startNow = true)
    {
        Microphone = new RingMicrophone(Time, ringSeconds: ringSeconds);
        var options = new SpoolOptions(Folder.Path, null, null, "mic1", TimeZoneInfo.Utc);
        Spool = SpoolStore.Open(disk is null ? options : options with { Disk = disk }, Time, Log);
        Gate = new RecordingGate(schedule ?? RecordingSchedule.Always);
        // Real time where the loop waits for a disk; manual time for everything that is written down.
        _seals = new SealLoop(Spool, TimeProvider.System, Log);
        _sealing = _seals.RunAsync(_abort.Token);
        var recording = new RecordingOptions("mic1", new EncoderSettings(codec, 24_000), TimeSpan.FromSeconds(chunkSeconds), false, TimeSpan.FromMilliseconds(100));
        _loop = new RecordingLoop(recording, Spool, _seals, Gate, Counters, Levels, TimeProvider.System, Log);
        _loop.ExpectFrom(Time.GetUtcNow());
        _thread = new Thread(Run) { IsBackground = true };
        if (startNow) Start();
    }

    public TempFolder Folder { get; } = new();

    public ManualTime Time { get; } = new();

    public TestLog Log { get; } = new();

    public RingMicrophone Microphone { get; }

    public SpoolStore Spool { get; }

    public RecordingGate Gate { get; }

    public RecorderCounters Counters { get; } = new();

    public LevelTrack Levels { get; } = new();

    public void Start() => _thread.Start();

    /// <summary>Waits until everything played so far has been dealt with, so that what follows happens after it.</summary>
    public async Task CaughtUpAsync() => await Wait.Until("the loop has read everything", () => HasCaughtUp);

    /// <summary>Everything played so far has been read, or the loop has ended.</summary>
    public bool HasCaughtUp => _failure is not null || Counters.ReadFrames >= Microphone.Frames;

    /// <summary>Ends the capture; every chunk is sealed on return.</summary>
    public async Task<IReadOnlyList<SpoolChunk>> EndAsync()
    {
        Microphone.Ring.Complete();
        Assert.True(_thread.Join(Wait.Patience), "the loop ends");
        if (_failure is not null) throw new InvalidOperationException("the loop failed", _failure);
        _seals.Complete();
        await _sealing;
        var ledger = Spool.Ledger(Time.GetUtcNow().AddHours(-1), Time.GetUtcNow().AddHours(1));
        Assert.True(ledger.AddsUp, string.Join("; ", ledger.Runs.Select(r => r.Problem)));
        return Chunks();
    }

    public IReadOnlyList<SpoolChunk> Chunks()
    {
        var chunks = new List<SpoolChunk>();
        while (Spool.NextToSend() is { } chunk)
        {
            chunks.Add(chunk);
            Spool.MarkUploaded(chunk, null);
        }

        return [.. chunks.Select(c => c with { Path = Path.Combine(Folder.Path, "uploaded", Path.GetFileName(c.Path)) }).OrderBy(c => c.StartAt).ThenBy(c => c.FirstFrame)];
    }

    /// <summary>Samples of a WAV or FLAC chunk as written by <see cref="RingMicrophone"/>.</summary>
    public static short[] Samples(SpoolChunk chunk)
    {
        using var reader = AudioFileReader.Open(chunk.Path);
        var samples = new float[reader.Frames];
        Assert.Equal(samples.Length, reader.Read(samples));
        return [.. samples.Select(s => (short)Math.Round(s * 32768))];
    }

    public void Dispose()
    {
        Microphone.Ring.Complete();
        _abort.Cancel();
        if (_thread.IsAlive) _thread.Join(Wait.Patience);
        Spool.Dispose();
        Folder.Dispose();
    }

    private void Run()
    {
        try
        {
            _loop.Run(Microphone.Ring, _abort.Token);
        }
        catch (Exception e)
        {
            _failure = e;
        }
    }
}
