namespace Chorale.Fleet;

/// <summary>Bounds of a fleet.</summary>
internal static class Limits
{
    /// <summary>Modules known at once: ten times the largest fleet foreseen for one hub costs 100 MB; names beyond are counted, not kept.</summary>
    public const int ModulesMax = 20_000;

    /// <summary>Events a slow reader may be behind: ten seconds of a fleet of 1,000 that is being started.</summary>
    public const int EventsBehindMax = 8_192;

    /// <summary>How often silence is judged; a module is late after 75 s at the usual heartbeat.</summary>
    public static readonly TimeSpan PresenceTick = TimeSpan.FromMilliseconds(250);

    /// <summary>Between two looks of somebody who waits for modules.</summary>
    public static readonly TimeSpan WaitInterval = TimeSpan.FromMilliseconds(25);

    /// <summary>A module of which nothing was heard in this connection is asked this often whether it lives: it may connect later than we did.</summary>
    public static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(2);

    /// <summary>And this many times; then its heartbeat is waited for.</summary>
    public const int ProbesMax = 5;

    /// <summary>A module of which a goodbye was heard is asked after this whether it lives nevertheless; a program that is ending has ended by then.</summary>
    public static readonly TimeSpan GoodbyeGrace = TimeSpan.FromSeconds(1);

    /// <summary>Questions in a burst of a clock exchange.</summary>
    public const int ClockBurst = 8;

    /// <summary>Bursts are repeated, up to this many, until one exchange was quick: a start within half a millisecond needs both its halves known to a quarter.</summary>
    public const int ClockBurstsMax = 3;

    public static readonly TimeSpan ClockGoodRoundTrip = TimeSpan.FromMicroseconds(800);

    /// <summary>A reply that takes longer would be useless: its uncertainty would be an eighth of a second.</summary>
    public static readonly TimeSpan ClockReplyPatience = TimeSpan.FromMilliseconds(250);

    /// <summary>At a start, a clock measured within this time is not measured again: 100 ppm of 10 s is 1 ms at worst, 20 us once the rate is known.</summary>
    public static readonly TimeSpan ClockFresh = TimeSpan.FromSeconds(10);

    /// <summary>Our wall clock left monotonic time by more than this between two looks, a second apart: it was set, not slewed (500 ppm at most).</summary>
    public static readonly TimeSpan ClockStep = TimeSpan.FromMilliseconds(50);

    /// <summary>Clock exchanges under way at once: more would wait for each other, and call it the way.</summary>
    public const int ClocksAtOnce = 16;

    /// <summary>At a start, clocks are measured for this long at most; modules whose turn has not come by then start by what is known of theirs.</summary>
    public static readonly TimeSpan ClockPatience = TimeSpan.FromSeconds(2);
}
