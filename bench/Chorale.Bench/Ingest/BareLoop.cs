using System.Diagnostics;

namespace Chorale.Bench.Ingest;

/// <summary>
/// What the disk gives: threads that write, fsync and rename the same bodies, and nothing else. The files stay until the benchmark ends:
/// ext4 is slow to give away inodes that were freed a moment ago, which whoever comes next would pay for.
/// </summary>
internal static class BareLoop
{
    public static TimeSpan Run(string parent, byte[] file, int threads, int filesEach, List<double> latencies)
    {
        var folder = Directory.CreateDirectory(Path.Combine(parent, "bare-" + Guid.NewGuid().ToString("N"))).FullName;
        var watch = Stopwatch.StartNew();
        var running = Enumerable.Range(0, threads).Select(n => new Thread(() => Store(folder, n, file, filesEach, latencies))).ToList();
        running.ForEach(t => t.Start());
        running.ForEach(t => t.Join());
        watch.Stop();
        return watch.Elapsed;
    }

    private static void Store(string folder, int thread, byte[] file, int files, List<double> latencies)
    {
        for (var n = 0; n < files; n++)
        {
            var watch = Stopwatch.StartNew();
            var path = Path.Combine(folder, $"{thread}_{n}");
            using (var handle = File.OpenHandle(path + ".part", FileMode.CreateNew, FileAccess.Write))
            {
                RandomAccess.Write(handle, file, 0);
                RandomAccess.FlushToDisk(handle);
            }

            File.Move(path + ".part", path);
            lock (latencies) latencies.Add(watch.Elapsed.TotalMilliseconds);
        }
    }
}
