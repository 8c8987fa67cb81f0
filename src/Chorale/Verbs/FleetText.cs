using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Chorale.Verbs;

/// <summary>Values of a fleet as a person reads them.</summary>
internal static class FleetText
{
    /// <summary>Names, errors and times are cut nowhere.</summary>
    private const int WidthMin = 160;

    /// <summary><c>timed out</c>, <c>not idle</c>.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()).Replace('_', ' ');

    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Ms(double us, double? uncertaintyUs) => string.Create(
        CultureInfo.InvariantCulture, $"{us / 1000:+0.00;-0.00;0.00} ms{(uncertaintyUs is { } u ? string.Create(CultureInfo.InvariantCulture, $" ±{u / 1000:0.00}") : "")}");

    public static string Spread(double? us, double? uncertaintyUs) => us is { } spread
        ? string.Create(CultureInfo.InvariantCulture, $"{spread / 1000:0.000} ms{(uncertaintyUs is { } u ? string.Create(CultureInfo.InvariantCulture, $" ±{u / 1000:0.000}") : "")}")
        : "";

    public static string Age(long nowUs, long? thenUs)
    {
        if (thenUs is not { } then) return "never";
        var age = TimeSpan.FromMicroseconds(Math.Max(0, nowUs - then));
        return age.TotalDays >= 1 ? $"{age.TotalDays.ToString("0.0", CultureInfo.InvariantCulture)} days"
            : age.TotalHours >= 1 ? $"{(int)age.TotalHours} h {age.Minutes} min"
            : age.TotalMinutes >= 1 ? $"{(int)age.TotalMinutes} min {age.Seconds} s"
            : $"{(int)age.TotalSeconds} s";
    }

    public static IAnsiConsole Console(TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = Math.Max(console.Profile.Width, WidthMin);
        return console;
    }
}
