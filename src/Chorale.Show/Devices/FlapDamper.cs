namespace Chorale.Show.Devices;

/// <summary>Turns a node that comes and goes into one alarm. Pure; used under its owner's lock.</summary>
internal sealed class FlapDamper(TimeProvider time)
{
    /// <summary>Two disappearances with two returns within the window are weather; more are a fault.</summary>
    private const int ChangesMax = 4, RememberedMax = 64;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(60);
    private readonly Queue<long> _changeStamps = new();

    public bool IsFlapping { get; private set; }

    /// <summary>Counts a change between being there and not.</summary>
    public void Changed()
    {
        Forget();
        _changeStamps.Enqueue(time.GetTimestamp());
        if (_changeStamps.Count > RememberedMax) _changeStamps.Dequeue();
        if (_changeStamps.Count > ChangesMax) IsFlapping = true;
    }

    /// <summary>Over after a whole window without a change.</summary>
    public void Calmed()
    {
        Forget();
        if (_changeStamps.Count == 0) IsFlapping = false;
    }

    private void Forget()
    {
        while (_changeStamps.TryPeek(out var oldest) && time.GetElapsedTime(oldest) > Window) _changeStamps.Dequeue();
    }
}
