using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Chorale.Fleet;

/// <summary>Hands every event to every reader. Nobody who tells something waits; a reader that falls behind is told how much it missed.</summary>
internal sealed class FleetEvents
{
    private ImmutableList<Reader> _readers = [];

    public void Tell(FleetEvent told)
    {
        foreach (var reader in Volatile.Read(ref _readers)) reader.Tell(told);
    }

    /// <summary>Ends every reader after what it has waiting.</summary>
    public void Complete()
    {
        foreach (var reader in Volatile.Read(ref _readers)) reader.Channel.Writer.TryComplete();
    }

    /// <summary>A reader that hears everything from this call on, also before it is enumerated.</summary>
    public IAsyncEnumerable<FleetEvent> Read(CancellationToken cancel)
    {
        var reader = new Reader();
        ImmutableInterlocked.Update(ref _readers, list => list.Add(reader));
        return ReadAsync(reader, cancel);
    }

    private async IAsyncEnumerable<FleetEvent> ReadAsync(Reader reader, [EnumeratorCancellation] CancellationToken cancel)
    {
        try
        {
            while (await reader.Channel.Reader.WaitToReadAsync(cancel))
            {
                if (reader.TakeMissed() is > 0 and var missed) yield return new EventsMissed(missed);
                while (reader.Channel.Reader.TryRead(out var told)) yield return told;
            }
        }
        finally
        {
            ImmutableInterlocked.Update(ref _readers, list => list.Remove(reader));
        }
    }

    private sealed class Reader
    {
        private long _missed;

        public Reader() => Channel = System.Threading.Channels.Channel.CreateBounded<FleetEvent>(
            new BoundedChannelOptions(Limits.EventsBehindMax) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true, SingleWriter = false },
            _ => Interlocked.Increment(ref _missed));

        public Channel<FleetEvent> Channel { get; }

        public void Tell(FleetEvent told) => Channel.Writer.TryWrite(told);

        public long TakeMissed() => Interlocked.Exchange(ref _missed, 0);
    }
}
