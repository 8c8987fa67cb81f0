namespace Chorale.Tests.Audio.Files;

/// <summary>How alike two signals are.</summary>
internal static class Signal
{
    /// <summary>Power of <paramref name="wanted"/> over that of the difference.</summary>
    public static double SnrDb(ReadOnlySpan<float> wanted, ReadOnlySpan<float> got)
    {
        double signal = 1e-12, noise = 1e-12;
        for (var i = 0; i < wanted.Length; i++)
        {
            signal += (double)wanted[i] * wanted[i];
            noise += (double)(wanted[i] - got[i]) * (wanted[i] - got[i]);
        }

        return 10 * Math.Log10(signal / noise);
    }

    /// <summary>The shift of <paramref name="got"/> against <paramref name="wanted"/>, within +-<paramref name="most"/>, at which they are most alike.</summary>
    public static int Lag(ReadOnlySpan<float> wanted, ReadOnlySpan<float> got, int most)
    {
        var (best, bestLag) = (double.NegativeInfinity, 0);
        for (var lag = -most; lag <= most; lag++)
        {
            double sum = 0;
            for (var i = most; i < Math.Min(wanted.Length, got.Length) - most; i++) sum += wanted[i] * got[i + lag];
            if (sum > best) (best, bestLag) = (sum, lag);
        }

        return bestLag;
    }
}
