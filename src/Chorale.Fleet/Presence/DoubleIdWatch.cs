namespace Chorale.Fleet.Presence;

/// <summary>
/// Notices two modules that use one id. Session numbers of one module only rise: a number that was left and comes back, twice, is somebody
/// else's. One return alone is not enough: a message of the old session may be delivered late. Pure; used under its owner's lock.
/// </summary>
internal sealed class DoubleIdWatch(TimeProvider time)
{
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);
    private readonly Dictionary<long, long> _leftStamps = [];
    private long? _current;
    private int _returns;
    private long _lastReturnStamp;

    public bool IsDouble { get; private set; }

    /// <returns>True when it has just become certain.</returns>
    public bool Heard(long session)
    {
        foreach (var (old, _) in _leftStamps.Where(s => time.GetElapsedTime(s.Value) > Memory).ToList()) _leftStamps.Remove(old);
        if (_current == session) return false;
        if (_current is { } left) _leftStamps[left] = time.GetTimestamp();
        _current = session;
        if (!_leftStamps.ContainsKey(session)) return false;
        _lastReturnStamp = time.GetTimestamp();
        if (++_returns < 2 || IsDouble) return false;
        return IsDouble = true;
    }

    /// <summary>Two different answers to one question.</summary>
    /// <returns>True when it has just become certain.</returns>
    public bool AnsweredTwice()
    {
        _lastReturnStamp = time.GetTimestamp();
        if (IsDouble) return false;
        return IsDouble = true;
    }

    /// <returns>True when the alarm has ended.</returns>
    public bool Calmed()
    {
        if (_returns == 0 && !IsDouble) return false;
        if (time.GetElapsedTime(_lastReturnStamp) <= Memory) return false;
        _returns = 0;
        if (!IsDouble) return false;
        IsDouble = false;
        return true;
    }
}
