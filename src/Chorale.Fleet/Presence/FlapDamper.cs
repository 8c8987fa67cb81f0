namespace Chorale.Fleet.Presence;

/// <summary>Turns a module that comes and goes into one alarm. Pure; used under its owner's lock.</summary>
internal sealed class FlapDamper(TimeProvider time)
{
    /// <summary>Two disappearances with two returns within the window are weather; more are a fault.</summary>
    private const int ChangesMax = 4;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(60);
    private readonly Queue<long> _changeStamps = new();

    public bool IsFlapping { get; private set; }

    /// <summary>Counts a change between being there and not.</summary>
    /// <returns>True when this change began a time of flapping.</returns>
    public bool Changed()
    {
        Forget();
        _changeStamps.Enqueue(time.GetTimestamp());
        if (_changeStamps.Count > 64) _changeStamps.Dequeue();
        if (IsFlapping || _changeStamps.Count <= ChangesMax) return false;
        return IsFlapping = true;
    }

    /// <returns>True when a time of flapping has ended: no change for the whole window.</returns>
    public bool Calmed()
    {
        Forget();
        if (!IsFlapping || _changeStamps.Count > 0) return false;
        IsFlapping = false;
        return true;
    }

    private void Forget()
    {
        while (_changeStamps.TryPeek(out var oldest) && time.GetElapsedTime(oldest) > Window) _changeStamps.Dequeue();
    }
}
