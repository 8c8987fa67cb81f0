using Chorale.Audio.Capture;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Capture;

/// <summary>Opens the microphone while somebody needs it, hands each capture's ring on, and tells the log what the device did.</summary>
internal sealed class MicrophoneLoop(
    CaptureRequest request, CaptureOptions options, ICaptureInputs inputs, MicrophoneDemand demand, TimeProvider time, ILogger log)
{
    /// <summary>After a request that can never work: how long until it is tried all the same (a driver may have been mended).</summary>
    private static readonly TimeSpan RetryImpossible = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private CaptureRequest _request = request;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile MicrophoneCapture? _current;
    private volatile CaptureRequest? _currentRequest;

    /// <summary>What is, or will be, captured.</summary>
    public CaptureRequest Request
    {
        get { lock (_gate) return _request; }
    }

    /// <summary>The capture that is open, or being opened; null while nobody needs it.</summary>
    public CaptureStatus? Status => _current?.Status;

    /// <summary>The ring frames flow into now; null before the device was there as <see cref="Request"/> wants it.</summary>
    public CaptureRing? Ring =>
        _current is { Ring.IsCompletedSuccessfully: true } c && ReferenceEquals(_currentRequest, Request) ? c.Ring.GetAwaiter().GetResult() : null;

    /// <summary>Captures in another way from now on. A device that is open is closed, what it gave is consumed, and it is opened anew.</summary>
    public void Change(CaptureRequest wanted)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            if (_request == wanted) return;
            _request = wanted;
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }

    /// <summary>Captures until <paramref name="stopping"/>, or until the input has ended for good.</summary>
    /// <param name="consume">Reads a ring to its end; awaited before the next capture is opened.</param>
    /// <param name="stopping">Closes the device; what was captured is consumed first.</param>
    public async Task RunAsync(Func<CaptureRing, Task> consume, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await demand.WaitUntilAsync(true, stopping);
                if (await CaptureOnceAsync(consume, stopping)) return;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <returns>True when the input has ended for good.</returns>
    private async Task<bool> CaptureOnceAsync(Func<CaptureRing, Task> consume, CancellationToken stopping)
    {
        CaptureRequest wanted;
        Task changed;
        lock (_gate) (wanted, changed) = (_request, _changed.Task);
        await using var capture = new MicrophoneCapture(wanted, inputs, time, options);
        _current = capture;
        _currentRequest = wanted;
        var telling = TellAsync(capture);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task consuming = Task.CompletedTask;
        try
        {
            capture.Start();
            var idle = Task.WhenAny(demand.WaitUntilAsync(false, over.Token), changed);
            var first = await Task.WhenAny(capture.Ring, idle, capture.Completion);
            if (first == capture.Ring || capture.Ring.IsCompletedSuccessfully)
            {
                consuming = consume(await capture.Ring);
                var ended = Task.WhenAny(idle, capture.Completion);
                // Nobody consumes all the time where recording waits for a request; a consumer that fails ends the capture.
                if (await Task.WhenAny(ended, consuming) == consuming && consuming.IsCompletedSuccessfully) await ended;
                return capture.Status.State == CaptureState.Ended && !stopping.IsCancellationRequested && !idle.IsCompleted;
            }

            return false;
        }
        catch (CaptureException)
        {
            // Told by the capture's changes and by its state, which health shows.
            await Task.WhenAny(Task.Delay(RetryImpossible, time, stopping), changed);
            return false;
        }
        finally
        {
            await over.CancelAsync();
            await capture.DisposeAsync();
            await consuming;
            await telling;
        }
    }

    private async Task TellAsync(MicrophoneCapture capture)
    {
        await foreach (var change in capture.Changes.ReadAllAsync())
        {
            switch (change.Kind)
            {
                case CaptureChangeKind.Opened: Log.DeviceOk(log, change.Detail); break;
                case CaptureChangeKind.OpenFailed: Log.NotAvailable(log, change.Detail, change.RetryAfter.TotalSeconds); break;
                case CaptureChangeKind.DeviceLost: Log.DeviceLost(log, change.Detail); break;
                case CaptureChangeKind.Xrun: Log.Xrun(log, change.LostFrames, change.Detail); break;
                case CaptureChangeKind.NoFrames: Log.NoFrames(log, change.Detail); break;
                case CaptureChangeKind.SilentDevice: Log.SilentDevice(log, change.Detail); break;
                case CaptureChangeKind.Ended: Log.Ended(log, change.Detail); break;
                case CaptureChangeKind.Failed: Log.Failed(log, change.Detail); break;
                default: throw new System.Diagnostics.UnreachableException();
            }
        }
    }
}
