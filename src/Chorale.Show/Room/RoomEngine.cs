using System.Collections.Concurrent;
using Chorale.Show.Interop;
using Chorale.Show.Players;
using Microsoft.Extensions.Logging;

namespace Chorale.Show.Room;

/// <summary>
/// The one thread of a room: takes what happened in the order of its stamps, lets the machine do what is due, and waits for the next due
/// time with the precision of <see cref="CueWait"/>.
/// </summary>
internal sealed class RoomEngine : IDisposable
{
    /// <summary>Messages from the network that wait; above it the newest are dropped and counted. What people ask for is never dropped.</summary>
    private const int WaitingMax = 16_384;

    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan RecoverInterval = TimeSpan.FromMilliseconds(100);

    private readonly RoomMachine _machine;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ConcurrentQueue<Input> _inbox = new();
    private readonly CueWait _wait;
    private readonly Thread _thread;
    private readonly long _born;
    private long _dropped;
    private int _failures;
    private volatile bool _isStopping;

    /// <param name="born">Stamp at which the machine's clock is zero.</param>
    public RoomEngine(RoomMachine machine, string name, long born, TimeProvider time, CueWait wait, ILogger log)
    {
        (_machine, _time, _log, _born, _wait) = (machine, time, log, born, wait);
        _thread = new Thread(Loop) { Name = $"room {name}", IsBackground = true };
    }

    public long Dropped => Volatile.Read(ref _dropped);

    public void Start() => _thread.Start();

    /// <summary>Any thread. The machine sees it at the time of this call.</summary>
    public void Post(Action<RoomMachine, TimeSpan> act) => Post(act, _time.GetTimestamp());

    /// <summary>The same for what the network may send without end. Any thread.</summary>
    /// <param name="stamp">When it was read from the socket: who answered in time is not late for our being busy.</param>
    public void PostMessage(Action<RoomMachine, TimeSpan> act, long stamp)
    {
        if (_inbox.Count < WaitingMax) Post(act, stamp);
        else Interlocked.Increment(ref _dropped);
    }

    /// <summary>The same for a STOP from the network: there is room for it behind a flood of everything else. Any thread.</summary>
    public void PostStop(Action<RoomMachine, TimeSpan> act)
    {
        if (_inbox.Count < 2 * WaitingMax) Post(act);
        else Interlocked.Increment(ref _dropped);
    }

    public void Dispose()
    {
        _isStopping = true;
        _wait.Ring();
        if (_thread.ThreadState.HasFlag(ThreadState.Unstarted) || _thread == Thread.CurrentThread || _thread.Join(StopPatience)) _wait.Dispose();
    }

    private void Recover(Exception cause)
    {
        try
        {
            _machine.Panic($"an error of the program: {cause.Message}", At(_time.GetTimestamp()));
        }
        catch (Exception e)
        {
            Log.EngineFailed(_log, e);
        }

        // A turn that fails each time must neither take a core for itself nor say STOP without end.
        if (++_failures > 1) _wait.WaitUntil(_time.GetTimestamp() + ToStamp(RecoverInterval));
    }

    private void Post(Action<RoomMachine, TimeSpan> act, long stamp)
    {
        _inbox.Enqueue(new Input(stamp, act));
        _wait.Ring();
    }

    private TimeSpan At(long stamp) => _time.GetElapsedTime(_born, stamp);

    private void Loop()
    {
        // With every core busy an ordinary thread is late by as long as the scheduler pleases (design/cues.md).
        if (RealtimeThread.TryRaise() is { } why) Players.Log.NotRealtime(_log, Thread.CurrentThread.Name!, why);
        while (!_isStopping)
        {
            try
            {
                while (_inbox.TryDequeue(out var input))
                {
                    var at = At(input.Stamp);
                    _machine.Advance(at); // what was due before it happened comes first
                    input.Act(_machine, at);
                }

                _machine.Advance(At(_time.GetTimestamp()));
                _failures = 0;
            }
            catch (Exception e)
            {
                // One bad turn must not end a room: the next cue, and STOP above all, still have to go out.
                Log.EngineFailed(_log, e);
                Recover(e);
            }

            if (_inbox.IsEmpty) _wait.WaitUntil(_machine.NextDue is { } due ? _born + ToStamp(due) : null);
        }
    }

    private long ToStamp(TimeSpan due) => (long)(due.Ticks * (double)_time.TimestampFrequency / TimeSpan.TicksPerSecond);

    private readonly record struct Input(long Stamp, Action<RoomMachine, TimeSpan> Act);
}
