using System.Diagnostics;

namespace Chorale.SystemTests;

/// <summary>
/// A thread that ticks every 20 ms as a microphone's thread does, and nothing else: how stale its last tick is at the moment of a kill is
/// what this machine, with all that runs on it, takes from the best of recorders.
/// </summary>
internal sealed class Witness : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private long _tick = Stopwatch.GetTimestamp();

    public Witness()
    {
        _thread = new Thread(Tick) { IsBackground = true };
        _thread.Start();
    }

    public double StaleMs => Stopwatch.GetElapsedTime(Volatile.Read(ref _tick)).TotalMilliseconds;

    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        _stop.Dispose();
    }

    private void Tick()
    {
        while (!_stop.Token.WaitHandle.WaitOne(20)) Volatile.Write(ref _tick, Stopwatch.GetTimestamp());
    }
}
