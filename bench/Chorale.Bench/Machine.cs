using System.Globalization;
using System.Runtime.InteropServices;

namespace Chorale.Bench;

/// <summary>What the figures were taken on, and how busy it was.</summary>
internal static class Machine
{
    public static void Describe()
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown";
        var system = File.ReadLines("/etc/os-release").First(l => l.StartsWith("PRETTY_NAME=", StringComparison.Ordinal))[12..].Trim('"');
        Console.WriteLine($"{Environment.ProcessorCount}-core {RuntimeInformation.OSArchitecture} ({model}), {system}, {RuntimeInformation.FrameworkDescription}");
    }

    /// <summary>Date and load average, to be printed beside every table.</summary>
    public static string Moment()
    {
        var load = File.ReadAllText("/proc/loadavg").Split(' ');
        return string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC, load {load[0]} (1 min) {load[1]} (5 min)");
    }
}
