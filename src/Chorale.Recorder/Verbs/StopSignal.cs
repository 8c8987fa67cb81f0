using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Verbs;

/// <summary>
/// SIGTERM, SIGINT (Ctrl+C) and SIGHUP as a token. The first asks for an orderly stop; a second, or 20 s, ends the process where it stands,
/// which costs at most the last tenth of a second.
/// </summary>
public sealed class StopSignal : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>128 + SIGTERM, what a shell reports for a process that was terminated.</summary>
    private const int AbortedExitCode = 143;

    private readonly CancellationTokenSource _stopping = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly ILogger _log;
    private Timer? _abort;
    private int _signals;

    public StopSignal(ILogger log)
    {
        _log = log;
        foreach (var signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP })
            _registrations.Add(PosixSignalRegistration.Create(signal, Handle));
    }

    public CancellationToken Token => _stopping.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _abort?.Dispose();
        _stopping.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _signals) > 1)
        {
            Environment.Exit(AbortedExitCode);
            return;
        }

        Log.SignalReceived(_log, context.Signal.ToString());
        _abort = new Timer(static _ => Environment.Exit(AbortedExitCode), null, Patience, Timeout.InfiniteTimeSpan);
        // Not on the signal's own thread: whoever is woken may take a while.
        ThreadPool.UnsafeQueueUserWorkItem(static s => s.Cancel(), _stopping, preferLocal: false);
    }
}
