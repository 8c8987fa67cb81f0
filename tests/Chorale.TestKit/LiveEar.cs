using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Chorale.Protocol;

namespace Chorale.TestKit;

/// <summary>A block as a listener got it.</summary>
/// <param name="ArrivedUs">When its last byte was read, UTC.</param>
/// <param name="StartUs">When its first frame was recorded, as the hub says.</param>
public sealed record HeardBlock(long ArrivedUs, long StartUs, int RateHz, int Channels, bool IsBroken, short[] Samples)
{
    /// <summary>The same moment, monotonic.</summary>
    public long ArrivedStamp { get; } = Stopwatch.GetTimestamp();

    public int Frames => Samples.Length / Channels;

    public long EndUs => StartUs + Frames * 1_000_000L / RateHz;
}

/// <summary>A second of the test signal that was found in what was heard, by its chirp.</summary>
/// <param name="SecondUs">The whole second at which it was played.</param>
/// <param name="ClaimedUs">When it was recorded according to the hub.</param>
/// <param name="DelayMs">From being played to being heard.</param>
/// <param name="Likeness">Of the sound to the chirp, 1 at most.</param>
public sealed record HeardChirp(long SecondUs, long ClaimedUs, double DelayMs, double Likeness);

/// <summary>Somebody who listens to <c>GET /api/v2/recorders/{id}/live</c> and writes down what came when (design/live.md has the layout).</summary>
public sealed class LiveEar : IAsyncDisposable
{
    private const double ChirpSeconds = 0.3;
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, cancel) =>
        {
            // Small: a listener that does not read shall be noticed in seconds.
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 16 * 1024 };
            await socket.ConnectAsync(context.DnsEndPoint, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { Timeout = Timeout.InfiniteTimeSpan };
    private readonly CancellationTokenSource _ending = new();
    private readonly List<HeardBlock> _blocks = [];
    private readonly List<(long AtUs, string State, string? Why)> _notes = [];
    private readonly Task _listening;

    private LiveEar(Uri address) => _listening = ListenAsync(address);

    /// <summary>0 until there was an answer.</summary>
    public int Status { get; private set; }

    public bool HasEnded => _listening.IsCompleted;

    /// <summary>While true nothing is read: a listener on a bad line.</summary>
    public bool IsAsleep { get; set; }

    public IReadOnlyList<HeardBlock> Blocks
    {
        get
        {
            lock (_blocks) return [.. _blocks];
        }
    }

    /// <summary>What the hub said last.</summary>
    public string? State
    {
        get
        {
            lock (_blocks) return _notes.Count == 0 ? null : _notes[^1].State;
        }
    }

    public string? Why
    {
        get
        {
            lock (_blocks) return _notes.Count == 0 ? null : _notes[^1].Why;
        }
    }

    /// <summary>
    /// Blocks that do not follow the one before though everything came all the time. When nothing comes for a second the machine, or this program,
    /// stood still; a listener may then go on at the present.
    /// </summary>
    public IReadOnlyList<HeardBlock> BreaksWithoutPause
    {
        get
        {
            var breaks = new List<HeardBlock>();
            var blocks = Blocks;
            long? resumed = null;
            for (var i = 1; i < blocks.Count; i++)
            {
                if (Stopwatch.GetElapsedTime(blocks[i - 1].ArrivedStamp, blocks[i].ArrivedStamp) > TimeSpan.FromSeconds(1)) resumed = blocks[i].ArrivedStamp;
                var isExplained = resumed is { } since && Stopwatch.GetElapsedTime(since, blocks[i].ArrivedStamp) < TimeSpan.FromSeconds(1);
                if (blocks[i].IsBroken && !isExplained) breaks.Add(blocks[i]);
            }

            return breaks;
        }
    }

    public double Seconds => Blocks.Sum(b => b.Frames / (double)b.RateHz);

    /// <param name="hub">Its address.</param>
    /// <param name="recorder">Name in the archive or in the recorder's settings.</param>
    /// <param name="query">With its question mark.</param>
    public static LiveEar Open(Uri hub, string recorder, string query = "") => new(new Uri(hub, $"/api/v2/recorders/{Uri.EscapeDataString(recorder)}/live{query}"));

    public async Task HearAsync(double seconds)
    {
        try
        {
            await Wait.Until("enough is heard", () => Seconds >= seconds, TimeSpan.FromSeconds(60));
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"only {Seconds:0.0} of {seconds:0.0} s were heard: HTTP {Status}, {State} {Why}; {_listening.Exception?.GetBaseException().Message}");
        }
    }

    /// <summary>Every second's chirp in the unbroken stretches of what was heard, found by its sound.</summary>
    public IReadOnlyList<HeardChirp> Chirps()
    {
        var found = new List<HeardChirp>();
        foreach (var stretch in Stretches(Blocks)) FindIn(stretch, found);
        return found;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _http.Dispose();
        _ending.Dispose();
    }

    private async Task ListenAsync(Uri address)
    {
        using var answer = await _http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, _ending.Token);
        Status = (int)answer.StatusCode;
        await using var stream = await answer.Content.ReadAsStreamAsync(_ending.Token);
        var head = new byte[40];
        while (true)
        {
            while (IsAsleep) await Task.Delay(20, _ending.Token);
            await stream.ReadExactlyAsync(head, _ending.Token);
            if (!head.AsSpan().StartsWith("CLv1"u8)) throw new InvalidDataException("no block: " + Encoding.UTF8.GetString(head));
            var payload = new byte[BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(32))];
            await stream.ReadExactlyAsync(payload, _ending.Token);
            Take(head, payload, WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow()));
        }
    }

    private void Take(byte[] head, byte[] payload, long nowUs)
    {
        lock (_blocks)
        {
            if (head[4] == 2)
            {
                using var note = JsonDocument.Parse(payload);
                _notes.Add((nowUs, note.RootElement.GetProperty("state").GetString()!, note.RootElement.GetProperty("why").GetString()));
                return;
            }

            _blocks.Add(new HeardBlock(
                nowUs, BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(16)), BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(8)), head[5],
                (head[6] & 1) != 0, MemoryMarshal.Cast<byte, short>(payload).ToArray()));
        }
    }

    private static IEnumerable<List<HeardBlock>> Stretches(IReadOnlyList<HeardBlock> blocks)
    {
        var stretch = new List<HeardBlock>();
        foreach (var block in blocks)
        {
            if (stretch.Count > 0 && (block.IsBroken || Math.Abs(block.StartUs - stretch[^1].EndUs) > 30_000))
            {
                yield return stretch;
                stretch = [];
            }

            stretch.Add(block);
        }

        if (stretch.Count > 0) yield return stretch;
    }

    private static void FindIn(List<HeardBlock> stretch, List<HeardChirp> found)
    {
        var rate = stretch[0].RateHz;
        var step = rate / 6_000; // the chirp ends at 1600 Hz
        var sound = stretch.SelectMany(b => Enumerable.Range(0, b.Frames).Select(f => b.Samples[f * b.Channels] / 32768f)).ToArray();
        var low = Enumerable.Range(0, sound.Length / step).Select(i => sound.AsSpan(i * step, step).ToArray().Average()).ToArray();
        var chirp = Enumerable.Range(0, (int)(ChirpSeconds * 6_000)).Select(i => i / 6_000.0).Select(t => (float)Math.Sin(2 * Math.PI * (400 * t + 2000 * t * t))).ToArray();
        var chirpPower = chirp.Sum(x => x * x);
        for (var window = 0; window + 6_000 + chirp.Length < low.Length; window += 6_000)
        {
            var (best, at) = (0.0, 0);
            for (var lag = window; lag < window + 6_000; lag++)
            {
                double dot = 0, power = 1e-9;
                for (var i = 0; i < chirp.Length; i++)
                {
                    dot += low[lag + i] * chirp[i];
                    power += low[lag + i] * low[lag + i];
                }

                var likeness = dot / Math.Sqrt(power * chirpPower);
                if (likeness > best) (best, at) = (likeness, lag);
            }

            var frame = at * step;
            var block = stretch[0];
            var first = 0;
            foreach (var next in stretch.Skip(1).TakeWhile(_ => frame >= first + block.Frames))
            {
                first += block.Frames;
                block = next;
            }

            var claimed = block.StartUs + (frame - first) * 1_000_000L / rate;
            var second = (long)Math.Round(claimed / 1e6) * 1_000_000;
            if (best > 0.8) found.Add(new HeardChirp(second, claimed, (block.ArrivedUs - second) / 1000.0, best));
        }
    }
}
