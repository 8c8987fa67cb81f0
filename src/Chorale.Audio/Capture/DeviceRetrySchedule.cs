namespace Chorale.Audio.Capture;

/// <summary>
/// How long to wait before a lost device is opened again: 2, 4, 8 ... 60 s. A device that has just appeared is often not usable yet
/// (permissions are set after the node exists), so its first attempts follow each other closely. Pure: no clock, no I/O.
/// </summary>
internal sealed class DeviceRetrySchedule
{
    public static readonly TimeSpan First = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    /// <summary>0.25 + 0.5 + 0.75 s: together with a probe each second still within 2 s of the device's appearance for all but the last.</summary>
    private static readonly TimeSpan[] AfterAppearance = [TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(750)];

    private int _failures;
    private int _quick;

    /// <summary>Failed attempts since the last success.</summary>
    public int Failures { get; private set; }

    public void MarkSuccess() => (_failures, _quick, Failures) = (0, 0, 0);

    /// <summary>The device was absent and is there now.</summary>
    public void MarkAppeared() => (_failures, _quick) = (0, AfterAppearance.Length);

    /// <returns>The delay before the next attempt.</returns>
    public TimeSpan MarkFailure()
    {
        Failures++;
        if (_quick > 0) return AfterAppearance[^_quick--];
        var delay = First * Math.Pow(2, Math.Min(_failures++, 5));
        return delay < Longest ? delay : Longest;
    }
}
