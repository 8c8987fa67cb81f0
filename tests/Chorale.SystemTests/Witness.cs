using System.Diagnostics;

namespace Chorale.SystemTests;

/// <summary>
/// A bare loop that ticks every 20 ms as a microphone's thread does, and writes a page to the disk through to the device where it is given
/// one: how stale its last tick is at the worst moment is what this machine, with all that runs on it, takes from the best of recorders.
/// </summary>
internal sealed class Witness : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly FileStream? _file;
    private readonly Thread _thread;
    private long _tick = Stopwatch.GetTimestamp();

    /// <param name="path">File to write; null = none.</param>
    public Witness(string? path = null)
    {
        if (path is not null)
        {
            _file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, Options = FileOptions.WriteThrough, PreallocationSize = 1 << 20,
            });
        }

        _thread = new Thread(Tick) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Held while it writes: who takes it makes it stand still.</summary>
    public Lock Writing { get; } = new();

    public double StaleMs => Stopwatch.GetElapsedTime(Volatile.Read(ref _tick)).TotalMilliseconds;

    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        _file?.Dispose();
        _stop.Dispose();
    }

    private void Tick()
    {
        var page = new byte[149];
        while (!_stop.Token.WaitHandle.WaitOne(20))
        {
            lock (Writing)
            {
                if (_file is { Position: > 512 * 1024 }) _file.Position = 0;
                _file?.Write(page);
            }

            Volatile.Write(ref _tick, Stopwatch.GetTimestamp());
        }
    }
}
