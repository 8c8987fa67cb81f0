namespace Chorale.Recorder.Upload;

/// <param name="FirstDelay">After the first failure; doubles from there.</param>
/// <param name="MaxDelay">Where doubling ends.</param>
public sealed record RetryOptions(TimeSpan FirstDelay, TimeSpan MaxDelay)
{
    /// <summary>An Ingest API: 2 to 300 s.</summary>
    public static RetryOptions Ingest { get; } = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(300));

    /// <summary>A Mycelia server: 1 to 60 s.</summary>
    public static RetryOptions Mycelia { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));

    /// <summary>A server may ask for longer than <see cref="MaxDelay"/>, but a mistyped date must not silence a recorder for a year.</summary>
    public TimeSpan RetryAfterMax { get; init; } = TimeSpan.FromHours(1);
}

/// <summary>Decides how long to wait after consecutive failures. Pure: no I/O, no clock, no locks.</summary>
/// <param name="jitter">Gives a number from 0 to 1; spreads a fleet whose server comes back.</param>
public sealed class RetrySchedule(RetryOptions options, Func<double> jitter)
{
    private const double JitterShare = 0.3;

    /// <summary>2^30 of the first delay is beyond any maximum; the bound keeps the power finite.</summary>
    private const int DoublingsMax = 30;

    private int _failures;

    /// <summary>The link works: the next failure waits the first delay again.</summary>
    public void MarkSuccess() => _failures = 0;

    /// <param name="retryAfter">What the server asked for: the least we wait, up to <see cref="RetryOptions.RetryAfterMax"/>.</param>
    /// <returns>The delay before the next attempt: exponential, capped, plus up to 30 % jitter.</returns>
    public TimeSpan MarkFailure(TimeSpan? retryAfter = null)
    {
        var exponential = options.FirstDelay * Math.Pow(2, Math.Min(_failures++, DoublingsMax));
        var delay = exponential < options.MaxDelay ? exponential : options.MaxDelay;
        if (retryAfter is { } asked)
        {
            var bounded = asked < options.RetryAfterMax ? asked : options.RetryAfterMax;
            if (bounded > delay) delay = bounded;
        }

        return delay * (1 + JitterShare * Math.Clamp(jitter(), 0, 1));
    }
}
