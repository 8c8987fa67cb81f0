namespace Chorale.Recorder.Control;

/// <summary>What came over the wire, for health and metrics. Any thread.</summary>
internal sealed class ModuleCounters
{
    private long _commands;
    private long _bad;
    private long _foreign;

    /// <summary>Payloads on the command topic.</summary>
    public long Commands => Volatile.Read(ref _commands);

    /// <summary>Of these, and of clock questions, those that could not be read.</summary>
    public long Bad => Volatile.Read(ref _bad);

    /// <summary>Messages on our own status topic that were not ours.</summary>
    public long ForeignStatus => Volatile.Read(ref _foreign);

    public void AddCommand() => Interlocked.Increment(ref _commands);

    public void AddBad() => Interlocked.Increment(ref _bad);

    public void AddForeignStatus() => Interlocked.Increment(ref _foreign);
}
