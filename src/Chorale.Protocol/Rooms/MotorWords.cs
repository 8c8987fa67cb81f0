using System.Globalization;

namespace Chorale.Protocol.Rooms;

/// <summary>Words of motor nodes (contract: exact case): <c>ON:&lt;0-100&gt;:&lt;L or R&gt;[:&lt;ramp ms&gt;]</c>, <c>OFF</c>, <c>SPEED:&lt;n&gt;</c>, <c>DIR:&lt;L or R&gt;</c>.</summary>
/// <param name="IsOn">Null: it runs or stands as before.</param>
/// <param name="SpeedPercent">Null: unsaid.</param>
/// <param name="Direction">L, R; null: unsaid.</param>
/// <param name="RampMs">Null: unsaid.</param>
public readonly record struct MotorWords(bool? IsOn, int? SpeedPercent, char? Direction, int? RampMs)
{
    /// <summary>Null for what a motor node answers with ERROR.</summary>
    public static MotorWords? Read(ReadOnlySpan<char> payload)
    {
        if (payload is "OFF") return new MotorWords(false, null, null, null);
        Span<Range> parts = stackalloc Range[5];
        var count = payload.Split(parts, ':');
        var word = payload[parts[0]];
        if (word is "SPEED" && count == 2 && Number(payload[parts[1]], 100) is { } speed) return new MotorWords(null, speed, null, null);
        if (word is "DIR" && count == 2 && Side(payload[parts[1]]) is { } side) return new MotorWords(null, null, side, null);
        if (word is not "ON" || count is < 3 or > 4) return null;
        if (Number(payload[parts[1]], 100) is not { } percent || Side(payload[parts[2]]) is not { } direction) return null;
        if (count == 3) return new MotorWords(true, percent, direction, null);
        return Number(payload[parts[3]], 600_000) is { } ramp ? new MotorWords(true, percent, direction, ramp) : null;
    }

    /// <summary>The command that brings a motor into this state from standing still.</summary>
    public string ToOn() => string.Create(
        CultureInfo.InvariantCulture, $"ON:{SpeedPercent ?? 0}:{Direction ?? 'L'}{(RampMs is { } ramp ? string.Create(CultureInfo.InvariantCulture, $":{ramp}") : "")}");

    private static int? Number(ReadOnlySpan<char> text, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n <= max ? n : null;

    private static char? Side(ReadOnlySpan<char> text) => text is "L" or "R" ? text[0] : null;
}
