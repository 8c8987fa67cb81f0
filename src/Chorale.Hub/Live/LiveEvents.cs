using System.Collections.Immutable;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using Chorale.Protocol;

namespace Chorale.Hub.Live;

/// <summary>One thing that happened, as pages are told it.</summary>
/// <param name="Seq">Rises by one with each event of this hub's life; null for what is told in passing (levels, beats).</param>
/// <param name="Type">Name of the event.</param>
/// <param name="Body">JSON, made once for all listeners.</param>
internal sealed record LiveEvent(long? Seq, string Type, string Body);

/// <summary>
/// Events for everybody who looks, numbered, the last ones kept: who comes back with the number of the last one it saw is told what it
/// missed, or everything anew. Nobody who tells something waits for anybody who listens.
/// </summary>
internal sealed class LiveEvents(TimeProvider time)
{
    /// <summary>Kept for those who come back: half a minute of 2,000 modules.</summary>
    private const int Kept = 2_048;

    /// <summary>And no more than 16 MB of them: the picture of a room with hundreds of devices has 100 kB, five times a second.</summary>
    private const long KeptCharsMax = 8L << 20;

    /// <summary>A listener that is further behind is cut off, and comes back.</summary>
    private const int BehindMax = 4_096;

    private static readonly TimeSpan BeatInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Queue<LiveEvent> _kept = new();

    /// <summary>Of this hub's life: numbers of another one mean nothing.</summary>
    private readonly string _epoch = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(4));
    private ImmutableList<Channel<LiveEvent>> _listeners = [];
    private long _seq, _keptChars;

    public int Listeners => Volatile.Read(ref _listeners).Count;

    /// <summary>Told since the start.</summary>
    public long Told => Volatile.Read(ref _seq);

    public void Tell<T>(string type, T body)
    {
        EventBodies.ThrowUnlessKnown<T>(type);
        var json = JsonSerializer.Serialize(body);
        lock (_gate)
        {
            var told = new LiveEvent(++_seq, type, json);
            _kept.Enqueue(told);
            _keptChars += json.Length;
            while (_kept.Count > Kept || (_keptChars > KeptCharsMax && _kept.Count > 1)) _keptChars -= _kept.Dequeue().Body.Length;
            foreach (var listener in _listeners) Give(listener, told);
        }
    }

    /// <summary>Told to who looks now, kept for nobody: levels.</summary>
    public void TellInPassing<T>(string type, T body)
    {
        EventBodies.ThrowUnlessKnown<T>(type);
        if (Volatile.Read(ref _listeners).IsEmpty) return;
        var json = JsonSerializer.Serialize(body);
        foreach (var listener in Volatile.Read(ref _listeners)) Give(listener, new LiveEvent(null, type, json));
    }

    /// <summary>Ends all streams.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            foreach (var listener in _listeners) listener.Writer.TryComplete();
        }
    }

    /// <summary>A snapshot (or what was missed since <paramref name="lastEventId"/>), then everything as it happens, with a beat every second.</summary>
    /// <param name="lastEventId">As the listener's last event had it; null at its first coming.</param>
    /// <param name="snapshot">Everything as it stands; called so that no change is between it and the first event.</param>
    /// <param name="cancel">Ends with the request.</param>
    public async IAsyncEnumerable<SseItem<string>> ListenAsync(string? lastEventId, Func<string> snapshot, [EnumeratorCancellation] CancellationToken cancel)
    {
        var channel = Channel.CreateBounded<LiveEvent>(new BoundedChannelOptions(BehindMax) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        var first = Join(channel, lastEventId, snapshot);
        try
        {
            foreach (var told in first) yield return Item(told);
            var ready = channel.Reader.WaitToReadAsync(cancel).AsTask();
            while (true)
            {
                if (await Task.WhenAny(ready, Task.Delay(BeatInterval, time, cancel)) != ready)
                {
                    cancel.ThrowIfCancellationRequested();
                    yield return Item(new LiveEvent(null, "beat", JsonSerializer.Serialize(new BeatView(WallTime.ToMicroseconds(time.GetUtcNow()), Volatile.Read(ref _seq)))));
                    continue;
                }

                if (!await ready) yield break;
                while (channel.Reader.TryRead(out var told)) yield return Item(told);
                ready = channel.Reader.WaitToReadAsync(cancel).AsTask();
            }
        }
        finally
        {
            ImmutableInterlocked.Update(ref _listeners, l => l.Remove(channel));
        }
    }

    private List<LiveEvent> Join(Channel<LiveEvent> channel, string? lastEventId, Func<string> snapshot)
    {
        lock (_gate)
        {
            _listeners = _listeners.Add(channel);
            var missed = Missed(lastEventId);
            return missed ?? [new LiveEvent(_seq, "snapshot", snapshot())];
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

    private SseItem<string> Item(LiveEvent told) =>
        new(told.Body, told.Type) { EventId = told.Seq is { } seq ? $"{_epoch}-{seq}" : null };
}
