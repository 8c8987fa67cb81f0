using System.Numerics;

namespace Chorale.TestKit;

/// <summary>How far two recordings of one sound are apart, by cross-correlation.</summary>
/// <param name="Frames">How many frames later the same sound comes in the second; to a fraction of a frame.</param>
/// <param name="Likeness">Normalised correlation there: 1 = the same sound.</param>
public readonly record struct SoundOffset(double Frames, double Likeness)
{
    /// <summary>Looks for the first recording's middle in the second, up to <paramref name="lagMax"/> frames to either side; further out only where nothing alike was found near.</summary>
    public static SoundOffset Of(ReadOnlySpan<float> first, ReadOnlySpan<float> second, int lagMax)
    {
        var near = Search(first, second, Math.Min(480, lagMax));
        return near.Likeness > 0.9 || lagMax <= 480 ? near : Search(first, second, lagMax);
    }

    private static SoundOffset Search(ReadOnlySpan<float> first, ReadOnlySpan<float> second, int lagMax)
    {
        var length = Math.Min(first.Length, second.Length) - 2 * lagMax;
        if (length < 1000) throw new ArgumentException($"{first.Length} and {second.Length} frames are too few for lags of {lagMax}");
        var middle = first.Slice(lagMax, length);
        var products = new double[2 * lagMax + 1];
        var best = 0;
        for (var i = 0; i < products.Length; i++)
        {
            products[i] = Dot(middle, second.Slice(i, length));
            if (products[i] > products[best]) best = i;
        }

        var there = second.Slice(best, length);
        var likeness = products[best] / Math.Sqrt(Math.Max(1e-12, (double)Dot(middle, middle) * Dot(there, there)));
        var fraction = 0.0;
        if (best > 0 && best < products.Length - 1)
        {
            // Three points around the peak lie on a parabola, nearly.
            var (left, peak, right) = (products[best - 1], products[best], products[best + 1]);
            var bend = left - 2 * peak + right;
            if (bend < 0) fraction = 0.5 * (left - right) / bend;
        }

        return new SoundOffset(best - lagMax + fraction, likeness);
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = Vector<float>.Zero;
        var i = 0;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count) sum += new Vector<float>(a[i..]) * new Vector<float>(b[i..]);
        var rest = Vector.Sum(sum);
        for (; i < a.Length; i++) rest += a[i] * b[i];
        return rest;
    }
}
