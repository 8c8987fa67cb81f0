using System.Diagnostics;
using System.Net.Sockets;

namespace Chorale.Tests.Hub;

/// <summary>Not part of the suite: run with <c>-explicit only</c> to measure this machine.</summary>
public sealed class IngestThroughputTests(ITestOutputHelper output)
{
    private const int Connections = 64;
    private const int ChunksEach = 12;

    [Fact(Explicit = true)]
    public async Task Acknowledged_chunks_per_second_beside_a_bare_loop_that_writes_syncs_and_renames()
    {
        await using var hub = await TestHub.StartAsync();
        var file = OggChunk.Make(60, packetBytes: 58); // one for all: sender and start make it another chunk
        var work = Enumerable.Range(0, Connections).Select(n =>
        {
            var device = $"recorder-{n}";
            var agent = new RecorderAgentClient(hub.IssueDevice(device), device);
            return Enumerable.Range(0, ChunksEach).Select(c =>
            {
                return (File: file, Request: agent.Request(file, $"2026-01-05T10:{c:00}:00", $"2026-01-05T10:{c + 1:00}:00"));
            }).ToArray();
        }).ToArray();
        var size = work[0][0].File.Length;

        for (var round = 0; round < 3; round++)
        {
            using var bareFolder = new TempFolder();
            var bare = Stopwatch.StartNew();
            var threads = work.Select((chunks, n) => new Thread(() => Bare(bareFolder.Path, n, chunks.Select(c => c.File)))).ToList();
            threads.ForEach(t => t.Start());
            threads.ForEach(t => t.Join());
            bare.Stop();

            var offset = round;
            var latencies = new List<double>();
            var ingest = Stopwatch.StartNew();
            await Task.WhenAll(work.Select(chunks => Task.Run(() => SendAllAsync(hub.Url, chunks.Select(c => Shift(c.Request, offset)), latencies))));
            ingest.Stop();
            latencies.Sort();
            var count = Connections * ChunksEach;
            output.WriteLine($"{size} bytes x {count}: bare {count / bare.Elapsed.TotalSeconds:0}/s, hub {count / ingest.Elapsed.TotalSeconds:0}/s = "
                + $"{size * (double)count / 1e6 / ingest.Elapsed.TotalSeconds:0} MB/s, ratio {bare.Elapsed / ingest.Elapsed:0.00}, p99 {latencies[(int)(latencies.Count * 0.99)]:0} ms");
        }
    }

    /// <summary>Another day, so that the round is no repeat of the one before.</summary>
    private static byte[] Shift(byte[] request, int round)
    {
        var copy = request.ToArray();
        for (var at = copy.AsSpan().IndexOf("2026-01-05T"u8); at >= 0;)
        {
            copy[at + 9] = (byte)('5' + round);
            var next = copy.AsSpan(at + 1, Math.Min(1000, copy.Length - at - 1)).IndexOf("2026-01-05T"u8);
            at = next < 0 ? -1 : at + 1 + next;
        }

        return copy;
    }

    private static void Bare(string folder, int n, IEnumerable<byte[]> files)
    {
        var count = 0;
        foreach (var file in files)
        {
            var path = Path.Combine(folder, $"{n}_{count++}");
            using (var handle = File.OpenHandle(path + ".part", FileMode.CreateNew, FileAccess.Write))
            {
                RandomAccess.Write(handle, file, 0);
                RandomAccess.FlushToDisk(handle);
            }

            File.Move(path + ".part", path);
        }
    }

    private static async Task SendAllAsync(Uri hub, IEnumerable<byte[]> requests, List<double> latencies)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(hub.Host, hub.Port);
        var stream = client.GetStream();
        foreach (var request in requests)
        {
            var watch = Stopwatch.StartNew();
            await stream.WriteAsync(request);
            Assert.Equal(200, (await RawHttp.ReadAsync(stream)).Status);
            lock (latencies) latencies.Add(watch.Elapsed.TotalMilliseconds);
        }
    }
}
