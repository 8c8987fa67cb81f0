namespace Chorale.Mqtt;

/// <summary>Why a connection, or the try to make one, ended.</summary>
internal enum EndKind
{
    /// <summary>We ended it.</summary>
    Goodbye,

    /// <summary>Nobody listens there, or no way leads there.</summary>
    Unreachable,

    /// <summary>Somebody is there who does not want us: credentials, TLS, a name taken by another.</summary>
    Refused,

    /// <summary>The broker speaks MQTT 3.1.1 only, or may do: try that at once.</summary>
    OldProtocol,

    /// <summary>It stood and was lost, or did not come to stand in time.</summary>
    Lost,
}

/// <summary>
/// How long to wait before the next try. An absent broker is looked for so often that we are back within a second of its return: that
/// costs it one SYN. A broker that refuses is asked ever more rarely, up to the interval of the settings, and so is one that lets us in
/// and throws us out again.
/// </summary>
internal sealed class ReconnectSchedule(TimeSpan interval, Random random)
{
    /// <summary>With 20 % of jitter and the connection itself well under a second.</summary>
    private static readonly TimeSpan Watch = TimeSpan.FromMilliseconds(600);

    private static readonly TimeSpan FirstRefusal = TimeSpan.FromSeconds(1);

    /// <summary>A connection that lived so long was a good one.</summary>
    private static readonly TimeSpan GoodLife = TimeSpan.FromSeconds(10);

    private int _refusals;

    /// <summary>Connections in a row that stood and did not last.</summary>
    public int ShortLives { get; private set; }

    /// <param name="life">How long the connection stood; zero if it never did.</param>
    public TimeSpan After(EndKind end, TimeSpan life)
    {
        if (life >= GoodLife) (_refusals, ShortLives) = (0, 0);
        else if (life > TimeSpan.Zero) ShortLives++;
        var pause = end switch
        {
            EndKind.OldProtocol => TimeSpan.Zero,
            EndKind.Refused => Doubled(_refusals++),
            EndKind.Lost when life > TimeSpan.Zero && ShortLives > 2 => Doubled(ShortLives - 3),
            // A whole fleet loses its broker at one moment: spread the first try, too.
            EndKind.Lost when life > TimeSpan.Zero => Watch / 4,
            EndKind.Lost => Watch,
            EndKind.Unreachable => TimeSpan.FromTicks(Math.Min(Watch.Ticks, interval.Ticks)),
            EndKind.Goodbye => TimeSpan.Zero,
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        return pause * (0.8 + (0.4 * random.NextDouble()));
    }

    private TimeSpan Doubled(int times)
    {
        var pause = FirstRefusal * Math.Pow(2, Math.Min(times, 10));
        return pause < interval ? pause : interval;
    }
}
