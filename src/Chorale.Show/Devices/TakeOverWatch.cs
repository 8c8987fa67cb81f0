namespace Chorale.Show.Devices;

/// <summary>
/// Notices two nodes with one client id: the broker throws one out for the other, so the goodbye of the one and the birth of the other come
/// together, again and again. Pure; used under its owner's lock.
/// </summary>
internal sealed class TakeOverWatch(TimeProvider time)
{
    /// <summary>A take-over is one packet; a reboot takes a node longer.</summary>
    private static readonly TimeSpan Together = TimeSpan.FromMilliseconds(300), Window = TimeSpan.FromSeconds(60);

    /// <summary>One take-over is a node that reconnects before the broker missed it.</summary>
    private const int Certain = 3;

    private readonly Queue<long> _stamps = new();

    public bool IsDouble { get; private set; }

    /// <param name="away">Between its goodbye and its return.</param>
    public void CameBack(TimeSpan away)
    {
        if (away > Together) return;
        _stamps.Enqueue(time.GetTimestamp());
        if (_stamps.Count > Certain) _stamps.Dequeue();
        if (_stamps.Count == Certain && time.GetElapsedTime(_stamps.Peek()) <= Window) IsDouble = true;
    }

    /// <summary>Over after a minute without one.</summary>
    public void Calmed()
    {
        while (_stamps.TryPeek(out var oldest) && time.GetElapsedTime(oldest) > Window) _stamps.Dequeue();
        if (_stamps.Count == 0) IsDouble = false;
    }
}
