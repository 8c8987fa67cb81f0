using System.Diagnostics;
using System.Globalization;

namespace Chorale.Bench.Cues;

/// <summary>How late cues are that lie 3 to 9 ms apart, one after the other on the same machine, idle and with every core busy; and how soon a sound begins.</summary>
internal static class CuesBench
{
    private const int Cues = 3_000;

    /// <summary>Above what all schedulers together take; the load ends by itself then.</summary>
    private const int LoadSeconds = 240;

    public static async Task RunAsync()
    {
        var random = new Random(11);
        var gaps = Enumerable.Range(0, Cues).Select(_ => TimeSpan.FromMicroseconds(random.Next(3_000, 9_000))).ToArray();
        await PrintAsync("idle", gaps);
        List<Process> load = [];
        try
        {
            for (var i = 0; i < Environment.ProcessorCount; i++)
                load.Add(Process.Start(new ProcessStartInfo("timeout", [LoadSeconds.ToString(CultureInfo.InvariantCulture), "sh", "-c", "while :; do :; done"]))!);
            await PrintAsync($"{load.Count} cores busy", gaps);
        }
        finally
        {
            foreach (var process in load)
            {
                process.Kill(entireProcessTree: true);
                process.Dispose();
            }
        }

        await SoundStart.PrintAsync();
    }

    private static async Task PrintAsync(string load, TimeSpan[] gaps)
    {
        var table = new Table($"{gaps.Length} cues, {load}", "p50 ms", "p99 ms", "max ms");
        (string Name, Func<Task<List<double>>> Run)[] schedulers =
        [
            ("ours", () => CueSchedulers.CueWaitAsync(gaps, isRealtime: false)),
            ("ours, SCHED_FIFO", () => CueSchedulers.CueWaitAsync(gaps, isRealtime: true)),
            ("monitor, then clock_nanosleep in slices", () => CueSchedulers.SlicesAsync(gaps)),
            ("one Timer per cue", () => CueSchedulers.TimersAsync(gaps)),
            ("chain of await Task.Delay", () => CueSchedulers.DelaysAsync(gaps)),
            ("Python, one threading.Timer per cue", () => CueSchedulers.PythonAsync(gaps)),
        ];
        foreach (var (name, run) in schedulers)
        {
            try
            {
                var late = await run();
                late.Sort();
                table.Add(name, Text(late[late.Count / 2]), Text(late[late.Count * 99 / 100]), Text(late[^1]));
            }
            catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                table.Add(name, e.Message, "", "");
            }
        }

        table.Print();
        Console.WriteLine();
    }

    internal static string Text(double ms) => ms.ToString(ms < 10 ? "0.000" : "0.0", CultureInfo.InvariantCulture);
}
