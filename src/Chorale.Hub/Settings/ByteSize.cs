using System.Globalization;

namespace Chorale.Hub.Settings;

/// <summary>Sizes as people write them: <c>10485760</c>, <c>10 MiB</c>, <c>1.5GB</c>.</summary>
internal static class ByteSize
{
    public const long Most = 1_000_000_000_000_000;

    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("B", 1),
    ];

    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var unit = Array.Find(Units, u => text.EndsWith(u.Unit, StringComparison.OrdinalIgnoreCase));
        var number = unit.Unit is null ? text : text[..^unit.Unit.Length];
        if (!double.TryParse(number.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)) return false;
        var size = value * (unit.Unit is null ? 1 : unit.Bytes);
        if (size is < 1 or > Most) return false;
        bytes = (long)size;
        return true;
    }
}
