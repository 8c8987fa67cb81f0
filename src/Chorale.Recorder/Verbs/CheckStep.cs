namespace Chorale.Recorder.Verbs;

public enum CheckResult
{
    Ok,

    /// <summary>Works, but somebody may want to know.</summary>
    Warning,

    /// <summary>The recorder cannot do what its settings ask for.</summary>
    Failed,

    /// <summary>Not looked at: not needed, or an earlier step failed.</summary>
    Skipped,
}

/// <param name="Area">Heading: <c>server</c>, <c>libraries</c>, ...</param>
/// <param name="Name">What was looked at.</param>
/// <param name="Detail">What was found, without anything secret.</param>
/// <param name="Advice">What to do about it.</param>
public sealed record CheckStep(string Area, string Name, CheckResult Result, string Detail, string? Advice = null);

/// <summary>Parts of the check that others bring: each yields its own steps.</summary>
public sealed record CheckParts
{
    /// <summary>What each back end sees, and whether the configured microphone opens; null = asks this machine.</summary>
    public Func<Settings.RecorderSettings, IEnumerable<CheckStep>>? Devices { get; init; }

    /// <summary>Records for the given time, shows the level, encodes, plays back; null = cannot.</summary>
    public Func<Settings.RecorderSettings, TimeSpan, CancellationToken, IAsyncEnumerable<CheckStep>>? Record { get; init; }
}
