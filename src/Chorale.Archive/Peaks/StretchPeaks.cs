using Chorale.Archive.Align;

namespace Chorale.Archive.Peaks;

/// <summary>The outline of a whole track, on the line of its stretch.</summary>
public static class StretchPeaks
{
    /// <summary>Minimum and maximum of each of <paramref name="points"/> equal parts, -127 to 127.</summary>
    public static int[] Read(StretchTrack track, long frames, int points, CancellationToken cancel)
    {
        var outline = new int[2 * points];
        using var source = track.Open(0);
        var block = new float[4096 * source.Channels];
        for (var point = 0; point < points; point++)
        {
            cancel.ThrowIfCancellationRequested();
            var (low, high) = (0f, 0f);
            for (var left = frames * (point + 1) / points - frames * point / points; left > 0;)
            {
                var count = (int)Math.Min(left, 4096);
                var span = block.AsSpan(0, count * source.Channels);
                source.Read(span);
                foreach (var sample in span) (low, high) = (Math.Min(low, sample), Math.Max(high, sample));
                left -= count;
            }

            (outline[2 * point], outline[2 * point + 1]) = (ToByte(low), ToByte(high));
        }

        return outline;
    }

    private static int ToByte(float sample) => (int)Math.Clamp(MathF.Round(sample * 127), -127, 127);
}
