using Chorale.Audio.Capture;
using Chorale.Recorder.Spool;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Recording;

/// <summary>
/// The recording thread and the sealing behind it, for every capture of the program one after another. Waits for the spool; until it is
/// open frames gather in the ring.
/// </summary>
internal sealed class RecordingStage(
    RecordingOptions options, Task<SpoolStore> spool, RecordingGate gate, RecorderCounters counters, LevelTrack levels, TimeProvider time, ILogger log)
{
    private readonly CancellationTokenSource _abort = new();
    private RecordingLoop? _loop;
    private SealLoop? _seals;
    private Task _sealing = Task.CompletedTask;

    /// <summary>Called for every chunk that has become ready.</summary>
    public Action<SpoolChunk>? Sealed { get; set; }

    /// <summary>Records a ring to its end.</summary>
    public async Task ConsumeAsync(CaptureRing ring, CancellationToken stopping)
    {
        SpoolStore store;
        try
        {
            store = await spool.WaitAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            return; // stopped before the disk ever worked: the ring goes with us
        }

        var loop = _loop ??= Start(store);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => Run(loop, ring, done)) { Name = "recording", Priority = ThreadPriority.AboveNormal, IsBackground = true };
        thread.Start();
        await done.Task;
    }

    /// <summary>Waits until everything recorded is sealed; a disk that still refuses is given up after <paramref name="patience"/>
    /// (the audio is in the <c>.part</c> files and is recovered at the next start).</summary>
    public async Task DrainAsync(TimeSpan patience)
    {
        _seals?.Complete();
        _abort.CancelAfter(patience);
        await _sealing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_sealing.IsFaulted) await _sealing;
        _abort.Dispose();
    }

    private RecordingLoop Start(SpoolStore store)
    {
        _seals = new SealLoop(store, time, log) { Sealed = Sealed };
        _sealing = _seals.RunAsync(_abort.Token);
        var loop = new RecordingLoop(options, store, _seals, gate, counters, levels, time, log);
        loop.ExpectFrom(time.GetUtcNow());
        return loop;
    }

    private void Run(RecordingLoop loop, CaptureRing ring, TaskCompletionSource done)
    {
        try
        {
            loop.Run(ring, _abort.Token);
            done.TrySetResult();
        }
        catch (Exception e) // the thread's boundary: whoever awaits it decides
        {
            done.TrySetException(e);
        }
    }
}
