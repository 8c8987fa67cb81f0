namespace Chorale.Audio.Capture.Sources;

/// <summary>
/// Hands out frames at their nominal rate by an absolute schedule: lateness is never added up, so there is no drift however long it
/// runs. Used by one thread.
/// </summary>
internal sealed class Pace(int sampleRateHz, TimeProvider time) : IDisposable
{
    private readonly AutoResetEvent _wake = new(false);
    private readonly long _startStamp = time.GetTimestamp();
    private long _frames;

    /// <summary>Waits until the next <paramref name="frames"/> frames would have been captured, at most <paramref name="longest"/>.</summary>
    /// <returns>False when <paramref name="longest"/> passed first; nothing has been counted then.</returns>
    public bool TryWaitFor(int frames, TimeSpan longest)
    {
        var due = _startStamp + (long)((_frames + frames) * (decimal)time.TimestampFrequency / sampleRateHz);
        var left = LeftUntil(due);
        // Waits are cut to whole milliseconds: one more makes sure.
        if (left > TimeSpan.Zero) _wake.WaitOne(left < longest ? left + TimeSpan.FromMilliseconds(1) : longest);
        if (LeftUntil(due) > TimeSpan.Zero) return false;
        _frames += frames;
        return true;
    }

    private TimeSpan LeftUntil(long dueStamp) => TimeSpan.FromSeconds((dueStamp - time.GetTimestamp()) / (double)time.TimestampFrequency);

    public void Dispose() => _wake.Dispose();
}
