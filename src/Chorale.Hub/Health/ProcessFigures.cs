using System.Reflection;
using Chorale.Protocol;

namespace Chorale.Hub.Health;

/// <summary>What this process takes of its machine. Thread-safe.</summary>
internal sealed class ProcessFigures(TimeProvider time)
{
    private static readonly TimeSpan SampleMin = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly long _startedUs = WallTime.ToMicroseconds(time.GetUtcNow());
    private TimeSpan _sampledCpu = Environment.CpuUsage.TotalTime;
    private long _sampledStamp = time.GetTimestamp();
    private double _percent;

    private static readonly string Version = (Assembly.GetEntryAssembly() ?? typeof(ProcessFigures).Assembly)
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "?";

    public ProcessHealth Look()
    {
        var cpu = Environment.CpuUsage.TotalTime;
        double percent;
        lock (_gate)
        {
            if (time.GetElapsedTime(_sampledStamp) is var past && past >= SampleMin)
            {
                _percent = (cpu - _sampledCpu) / past * 100;
                (_sampledCpu, _sampledStamp) = (cpu, time.GetTimestamp());
            }

            percent = _percent;
        }

        var gc = GC.GetGCMemoryInfo(GCKind.Any);
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return new ProcessHealth(
            Version, _startedUs, Environment.WorkingSet, GC.GetTotalMemory(false), GC.CollectionCount(0), Math.Round(GC.GetTotalPauseDuration().TotalMilliseconds, 1),
            Math.Round(gc.PauseDurations.Length > 0 ? gc.PauseDurations[0].TotalMilliseconds : 0, 3), process.Threads.Count, Math.Round(cpu.TotalSeconds, 2), Math.Round(percent, 1));
    }
}
