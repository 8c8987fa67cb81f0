namespace Chorale.Fleet.Presence;

/// <summary>
/// How often a module says its status when nobody asks: what it declares, else what it was heard to do, else 30 s (contracts.md 1.1).
/// Pure; used under its owner's lock.
/// </summary>
internal sealed class HeartbeatEstimate
{
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromMinutes(10);

    /// <summary>Only a regular beat is learned: this many intervals in a row, each within a fifth of their median.</summary>
    private const int Regular = 4;

    private readonly Queue<TimeSpan> _intervals = new();
    private TimeSpan? _declared, _learned;

    /// <summary>Null: it declares that it has none, and silence proves nothing.</summary>
    public TimeSpan? Value => _declared == TimeSpan.Zero ? null : _declared ?? _learned ?? Default;

    public bool IsLearned => _declared is null && _learned is not null;

    /// <param name="heartbeat">Zero: it has none.</param>
    public void Declare(TimeSpan heartbeat) =>
        _declared = heartbeat <= TimeSpan.Zero ? TimeSpan.Zero : Clamp(heartbeat);

    /// <summary>Time between two status messages that nobody asked for.</summary>
    public void Observe(TimeSpan interval)
    {
        _intervals.Enqueue(interval);
        if (_intervals.Count > Regular) _intervals.Dequeue();
        if (_intervals.Count < Regular) return;
        var median = _intervals.Order().ElementAt(Regular / 2);
        if (_intervals.All(i => (i - median).Duration() <= median / 5)) _learned = Clamp(median);
    }

    /// <summary>The next interval is not one: somebody asked, or the link was away.</summary>
    public void Interrupt() => _intervals.Clear();

    private static TimeSpan Clamp(TimeSpan value) => value < Shortest ? Shortest : value > Longest ? Longest : value;
}
