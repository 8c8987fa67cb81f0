namespace Chorale.Recorder.Upload;

/// <summary>
/// Keeps one chunk that always fails from holding up the rest. Pure: the caller tells the time. Order is oldest first, except:
/// <list type="bullet">
/// <item>a chunk that failed <see cref="Patience"/> times in a row in the server's hands becomes a suspect, and the next attempt goes to the
/// chunk behind it;</item>
/// <item>when another chunk gets through, the server is fine, and a suspect has one more try; failing that, it rests: 10 minutes, doubling to
/// 6 hours, then it is tried again;</item>
/// <item>when too many are suspects, nothing got through between them: the server is the cause, and all are in line again.</item>
/// </list>
/// Failures that cannot be the chunk's (no connection, credentials) are not reported here, so an outage never changes the order.
/// </summary>
internal sealed class HeadOfLine
{
    public const int Patience = 5;
    private const int SuspectsMax = 4;

    /// <summary>Beyond this the server refuses most of what it gets, and skipping would only rearrange a queue that is stuck.</summary>
    private const int RestingMax = 200;
    private static readonly TimeSpan FirstRest = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestRest = TimeSpan.FromHours(6);

    private readonly Dictionary<long, int> _failures = [];
    private readonly HashSet<long> _onTrial = [];
    private readonly Dictionary<long, Rest> _resting = [];

    /// <summary>How many chunks are known to fail where others pass.</summary>
    public int RestingChunks => _resting.Count;

    private IEnumerable<long> Suspects => _failures.Where(f => f.Value >= Patience).Select(f => f.Key);

    /// <summary>Rows that are not to be tried now: suspects and what rests.</summary>
    public HashSet<long> Skipped(TimeSpan now)
    {
        var skipped = Resting(now);
        skipped.UnionWith(Suspects.Except(_onTrial));
        return skipped;
    }

    /// <summary>Rows that are known to fail where others pass, until their rest is over.</summary>
    public HashSet<long> Resting(TimeSpan now) => [.. _resting.Where(r => r.Value.Until > now).Select(r => r.Key)];

    /// <summary>A chunk failed in the server's hands.</summary>
    /// <returns>How long it rests from now, or null while it stays in line.</returns>
    public TimeSpan? MarkFailure(long row, TimeSpan now)
    {
        if (_resting.TryGetValue(row, out var before)) return Lay(row, before.Length * 2, now);
        if (_onTrial.Remove(row) && _resting.Count < RestingMax) return Lay(row, FirstRest, now);
        _failures[row] = _failures.GetValueOrDefault(row) + 1;
        if (Suspects.Count() > SuspectsMax) _failures.Clear();
        return null;
    }

    /// <summary>The server took a chunk or refused it for good: it works, and whatever else failed gets its last try before it rests.</summary>
    public void MarkSettled(long row)
    {
        Forget(row);
        _onTrial.UnionWith(Suspects);
    }

    /// <summary>The row is not in the queue any more.</summary>
    public void Forget(long row)
    {
        _failures.Remove(row);
        _onTrial.Remove(row);
        _resting.Remove(row);
    }

    private TimeSpan Lay(long row, TimeSpan length, TimeSpan now)
    {
        var bounded = length < LongestRest ? length : LongestRest;
        _failures.Remove(row);
        _resting[row] = new Rest(bounded, now + bounded);
        return bounded;
    }

    private readonly record struct Rest(TimeSpan Length, TimeSpan Until);
}
