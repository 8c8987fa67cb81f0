using System.Buffers;
using System.Collections.Immutable;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Chorale.Protocol;

namespace Chorale.Hub.Live;

/// <summary>One thing that happened, as pages are told it.</summary>
/// <param name="Seq">Rises by one with each event of this hub's life; null for what is told in passing (levels, beats).</param>
/// <param name="Frame">As it stands in the stream, made once for all listeners; nobody changes it.</param>
internal sealed record LiveEvent(long? Seq, ReadOnlyMemory<byte> Frame);

/// <summary>
/// Events for everybody who looks, numbered, the last ones kept: who comes back with the number of the last one it saw is told what it
/// missed, or everything anew. Nobody who tells something waits for anybody who listens.
/// </summary>
internal sealed class LiveEvents(TimeProvider time)
{
    /// <summary>Kept for those who come back: half a minute of 2,000 modules.</summary>
    private const int Kept = 2_048;

    /// <summary>And no more than 8 MB of them: the picture of a room with hundreds of devices has 100 kB, five times a second.</summary>
    private const long KeptBytesMax = 8L << 20;

    /// <summary>A listener that is further behind is cut off, and comes back.</summary>
    private const int BehindMax = 4_096;

    /// <summary>Written at once: what a socket takes in one go.</summary>
    private const int PieceBytes = 64 * 1024;

    private static readonly TimeSpan BeatInterval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Between two writes to one listener: of 2,000 events a second ten go into each, instead of a system call for every event and listener.
    /// What comes alone goes at once.
    /// </summary>
    private static readonly TimeSpan GatherInterval = TimeSpan.FromMilliseconds(5);

    private readonly Lock _gate = new();
    private readonly Queue<LiveEvent> _kept = new();

    /// <summary>Of this hub's life: numbers of another one mean nothing.</summary>
    private readonly string _epoch = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(4));
    private ImmutableList<Channel<LiveEvent>> _listeners = [];
    private long _seq, _keptBytes;

    public int Listeners => Volatile.Read(ref _listeners).Count;

    /// <summary>Told since the start.</summary>
    public long Told => Volatile.Read(ref _seq);

    public void Tell<T>(string type, T body)
    {
        EventBodies.ThrowUnlessKnown<T>(type);
        var json = JsonSerializer.SerializeToUtf8Bytes(body);
        lock (_gate)
        {
            var told = new LiveEvent(++_seq, Frame(type, json, _seq));
            _kept.Enqueue(told);
            _keptBytes += told.Frame.Length;
            while (_kept.Count > Kept || (_keptBytes > KeptBytesMax && _kept.Count > 1)) _keptBytes -= _kept.Dequeue().Frame.Length;
            foreach (var listener in _listeners) Give(listener, told);
        }
    }

    /// <summary>Told to who looks now, kept for nobody: levels.</summary>
    public void TellInPassing<T>(string type, T body)
    {
        EventBodies.ThrowUnlessKnown<T>(type);
        if (Volatile.Read(ref _listeners).IsEmpty) return;
        var told = new LiveEvent(null, Frame(type, JsonSerializer.SerializeToUtf8Bytes(body), null));
        foreach (var listener in Volatile.Read(ref _listeners)) Give(listener, told);
    }

    /// <summary>Ends all streams.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            foreach (var listener in _listeners) listener.Writer.TryComplete();
        }
    }

    /// <summary>
    /// Writes a snapshot (or what was missed since <paramref name="lastEventId"/>), then everything as it happens, and a beat every second.
    /// Returns when all streams end or this listener is too far behind.
    /// </summary>
    /// <param name="output">Where to; a reader that is slow holds up nobody but itself.</param>
    /// <param name="lastEventId">As the listener's last event had it; null at its first coming.</param>
    /// <param name="snapshot">Everything as it stands; called so that no change is between it and the first event.</param>
    /// <param name="cancel">Ends with the request.</param>
    public async Task WriteAsync(PipeWriter output, string? lastEventId, Func<object> snapshot, CancellationToken cancel)
    {
        var channel = Channel.CreateBounded<LiveEvent>(new BoundedChannelOptions(BehindMax) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        var first = Join(channel, lastEventId, snapshot);
        try
        {
            foreach (var told in first) output.Write(told.Frame.Span);
            await output.FlushAsync(cancel);
            await FollowAsync(output, channel.Reader, cancel);
        }
        finally
        {
            ImmutableInterlocked.Update(ref _listeners, l => l.Remove(channel));
        }
    }

    private async Task FollowAsync(PipeWriter output, ChannelReader<LiveEvent> events, CancellationToken cancel)
    {
        var ready = events.WaitToReadAsync(cancel).AsTask();
        var beat = Task.Delay(BeatInterval, time, cancel);
        var wroteStamp = time.GetTimestamp();
        while (true)
        {
            await Task.WhenAny(ready, beat);
            cancel.ThrowIfCancellationRequested();
            if (beat.IsCompleted)
            {
                output.Write(Frame("beat", JsonSerializer.SerializeToUtf8Bytes(new BeatView(WallTime.ToMicroseconds(time.GetUtcNow()), Told)), null));
                beat = Task.Delay(BeatInterval, time, cancel);
            }

            if (ready.IsCompleted)
            {
                if (!await ready) return;
                if (time.GetElapsedTime(wroteStamp) < GatherInterval) await Task.Delay(GatherInterval, time, cancel);
                for (var bytes = 0; bytes < PieceBytes && events.TryRead(out var told); bytes += told.Frame.Length) output.Write(told.Frame.Span);
                ready = events.WaitToReadAsync(cancel).AsTask();
                wroteStamp = time.GetTimestamp();
            }

            await output.FlushAsync(cancel);
        }
    }

    private List<LiveEvent> Join(Channel<LiveEvent> channel, string? lastEventId, Func<object> snapshot)
    {
        lock (_gate)
        {
            _listeners = _listeners.Add(channel);
            return Missed(lastEventId) ?? [new LiveEvent(_seq, Frame("snapshot", JsonSerializer.SerializeToUtf8Bytes(snapshot()), _seq))];
        }
    }

    private List<LiveEvent>? Missed(string? lastEventId)
    {
        if (lastEventId?.Split('-') is not [var epoch, var number] || epoch != _epoch || !long.TryParse(number, out var last) || last > _seq) return null;
        var oldest = _kept.TryPeek(out var first) ? first.Seq!.Value : _seq + 1;
        return last < oldest - 1 ? null : [.. _kept.Where(e => e.Seq > last)];
    }

    private static void Give(Channel<LiveEvent> listener, LiveEvent told)
    {
        if (!listener.Writer.TryWrite(told)) listener.Writer.TryComplete(); // it comes back and is told everything anew
    }

    /// <summary>HTML standard 9.2.5. JSON has no line break of its own.</summary>
    private byte[] Frame(string type, byte[] json, long? seq)
    {
        var head = Encoding.UTF8.GetBytes($"event: {type}\ndata: ");
        var foot = Encoding.UTF8.GetBytes(seq is { } number ? $"\nid: {_epoch}-{number}\n\n" : "\n\n");
        return [.. head, .. json, .. foot];
    }
}
