using System.Globalization;

namespace Chorale.Bench.Recorder;

/// <summary>What a process has cost so far, from <c>/proc</c>.</summary>
/// <param name="CpuSeconds">User and system time of all its threads.</param>
/// <param name="RssMb">Resident, shared pages included.</param>
/// <param name="PrivateMb">Resident pages that nobody else has.</param>
internal readonly record struct ProcessCost(double CpuSeconds, double RssMb, double PrivateMb)
{
    private const double TicksPerSecond = 100; // USER_HZ, the same on every Linux there is

    public static ProcessCost Of(int process)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // from field 3 (state) on; proc(5) counts from 1
        var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        var kb = File.ReadLines($"/proc/{process}/smaps_rollup").Skip(1).Select(l => l.Split(':'))
            .ToDictionary(p => p[0], p => long.Parse(p[1].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture));
        return new ProcessCost(ticks / TicksPerSecond, kb["Rss"] / 1024.0, (kb["Private_Clean"] + kb["Private_Dirty"]) / 1024.0);
    }
}
