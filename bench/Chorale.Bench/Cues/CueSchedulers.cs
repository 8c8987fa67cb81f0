using System.Diagnostics;
using System.Globalization;
using Chorale.Bench.Interop;
using Chorale.Show.Interop;
using Chorale.Show.Players;

namespace Chorale.Bench.Cues;

/// <summary>Ways to act at many moments; each returns how late it was each time, in milliseconds.</summary>
internal static class CueSchedulers
{
    private const string Python = """
        import sys, threading, time
        gaps = [float(g) for g in sys.stdin.read().split()]
        late, lock, done = [], threading.Lock(), threading.Event()
        begin = time.monotonic() + 0.5
        def act(due):
            late_now = time.monotonic() - due
            with lock:
                late.append(late_now)
                if len(late) == len(gaps): done.set()
        due = begin
        dues = []
        for gap in gaps:
            due += gap
            dues.append(due)
        # A thread per cue, 200 ahead: 3,000 at once is more than a scene ever has.
        ahead = threading.Semaphore(200)
        def timed(due):
            act(due)
            ahead.release()
        for due in dues:
            ahead.acquire()
            threading.Timer(due - time.monotonic(), timed, [due]).start()
        done.wait()
        print(" ".join(f"{l * 1000:.6f}" for l in late))
        """;

    public static Task<List<double>> CueWaitAsync(TimeSpan[] gaps, bool isRealtime) => OnThread(() =>
    {
        if (isRealtime && RealtimeThread.TryRaise() is { } why) throw new InvalidOperationException(why);
        using var wait = new CueWait(TimeProvider.System);
        return Late(gaps, due => wait.WaitUntil(due));
    });

    /// <summary>The design that was measured first: wait on a monitor until 2 ms before, then sleep in absolute slices that look at the bell in between.</summary>
    public static Task<List<double>> SlicesAsync(TimeSpan[] gaps) => OnThread(() =>
    {
        var gate = new object();
        return Late(gaps, due =>
        {
            var early = due - 2_000_000;
            lock (gate)
            {
                while (early - Stopwatch.GetTimestamp() is > 0 and var left) Monitor.Wait(gate, (int)(left / 1_000_000) + 1);
            }

            for (var now = Stopwatch.GetTimestamp(); now < due; now = Stopwatch.GetTimestamp()) Clock.SleepUntil(Math.Min(due, now + 500_000));
        });
    });

    public static async Task<List<double>> TimersAsync(TimeSpan[] gaps)
    {
        var late = new double[gaps.Length];
        var left = gaps.Length;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var due = Begin();
        var timers = new Timer[gaps.Length];
        for (var i = 0; i < gaps.Length; i++)
        {
            due += Nanoseconds(gaps[i]);
            var (index, at) = (i, due);
            timers[i] = new Timer(
                _ =>
                {
                    late[index] = (Stopwatch.GetTimestamp() - at) / 1e6;
                    if (Interlocked.Decrement(ref left) == 0) done.SetResult();
                },
                null, Math.Max(0, (at - Stopwatch.GetTimestamp()) / 1_000_000), Timeout.Infinite);
        }

        await done.Task;
        foreach (var timer in timers) await timer.DisposeAsync();
        return [.. late];
    }

    public static async Task<List<double>> DelaysAsync(TimeSpan[] gaps)
    {
        var late = new List<double>(gaps.Length);
        var due = Begin();
        foreach (var gap in gaps)
        {
            due += Nanoseconds(gap);
            if (TimeSpan.FromMicroseconds((due - Stopwatch.GetTimestamp()) / 1000.0) is { Ticks: > 0 } wait) await Task.Delay(wait);
            late.Add((Stopwatch.GetTimestamp() - due) / 1e6);
        }

        return late;
    }

    public static async Task<List<double>> PythonAsync(TimeSpan[] gaps)
    {
        using var python = Process.Start(new ProcessStartInfo("python3", ["-c", Python]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await python.StandardInput.WriteAsync(string.Join(' ', gaps.Select(g => g.TotalSeconds.ToString("0.######", CultureInfo.InvariantCulture))));
        python.StandardInput.Close();
        var text = await python.StandardOutput.ReadToEndAsync();
        await python.WaitForExitAsync();
        return [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(t => double.Parse(t, CultureInfo.InvariantCulture))];
    }

    private static List<double> Late(TimeSpan[] gaps, Action<long> waitUntil)
    {
        var late = new List<double>(gaps.Length);
        var due = Begin();
        foreach (var gap in gaps)
        {
            due += Nanoseconds(gap);
            waitUntil(due);
            late.Add((Stopwatch.GetTimestamp() - due) / 1e6);
        }

        return late;
    }

    private static Task<List<double>> OnThread(Func<List<double>> work)
    {
        var done = new TaskCompletionSource<List<double>>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        }).Start();
        return done.Task;
    }

    private static long Begin() => Stopwatch.GetTimestamp() + 100_000_000;

    private static long Nanoseconds(TimeSpan span) => span.Ticks * 100;
}
