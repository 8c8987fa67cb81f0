namespace Chorale.Archive.Peaks;

/// <summary>
/// Levels as the index keeps them: a byte is 2 x (dBFS + 127.5), so that 255 is full scale and a step half a decibel; 0 is "nothing known".
/// Ten seconds of the clock are a slot of two such bytes, peak and RMS; an hour has 360 of them.
/// </summary>
internal static class Loudness
{
    public const long SlotUs = 10_000_000;
    public const long HourUs = 3_600_000_000;
    public const int SlotsPerHour = 360;
    public const int HourBytes = 2 * SlotsPerHour;

    private static readonly double[] PowerOf = [.. Enumerable.Range(0, 256).Select(b => Math.Pow(10, (b / 2.0 - 127.5) / 10))];

    public static byte OfAmplitude(double amplitude) => (byte)Math.Clamp(Math.Round(2 * (20 * Math.Log10(Math.Max(amplitude, 1e-9)) + 127.5)), 1, 255);

    public static byte OfPower(double power) => OfAmplitude(Math.Sqrt(power));

    public static double Power(byte level) => PowerOf[level];

    /// <summary>Whole decibels; null for nothing known.</summary>
    public static int? Dbfs(byte level) => level == 0 ? null : (int)Math.Round(level / 2.0 - 127.5);

    /// <summary>Puts the louder of the two into <paramref name="slots"/>: whatever comes in whatever order, and twice, the result is the same.</summary>
    public static void Merge(Span<byte> slots, int slot, byte peak, byte rms)
    {
        slots[2 * slot] = Math.Max(slots[2 * slot], peak);
        slots[2 * slot + 1] = Math.Max(slots[2 * slot + 1], rms);
    }
}

/// <summary>Adds up levels of a stretch of time: the loudest peak, mean power, the quietest of what came in.</summary>
internal struct LevelSum
{
    private double _power;
    private int _count;

    public byte Peak { get; private set; }

    public byte Quietest { get; private set; }

    public readonly byte Rms => _count == 0 ? (byte)0 : Loudness.OfPower(_power / _count);

    public void Add(byte peak, byte rms, byte quietest)
    {
        if (peak == 0) return;
        Peak = Math.Max(Peak, peak);
        Quietest = _count == 0 ? quietest : Math.Min(Quietest, quietest);
        _power += Loudness.Power(rms);
        _count++;
    }
}
