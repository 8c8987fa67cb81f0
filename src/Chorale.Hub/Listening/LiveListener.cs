using System.Threading.Channels;

namespace Chorale.Hub.Listening;

/// <summary>How somebody wants to hear.</summary>
internal enum LiveQuality
{
    /// <summary>48 kHz, channels as recorded.</summary>
    High,

    /// <summary>24 kHz, one channel: a quarter of the bytes of stereo.</summary>
    Low,

    /// <summary>The Ogg pages themselves, for players that take a file without end.</summary>
    Ogg,
}

/// <summary>Somebody who listens. Who is slow skips forward, and slows nobody else.</summary>
internal sealed class LiveListener
{
    /// <summary>About two seconds of pages.</summary>
    private const int WaitingMax = 32;

    /// <summary>What a slow listener goes on with after a skip.</summary>
    private const int KeptAfterSkip = 4;

    private readonly Channel<object> _items;
    private int _skipped;

    public LiveListener(LiveQuality quality)
    {
        Quality = quality;
        _items = Channel.CreateBounded<object>(
            new BoundedChannelOptions(WaitingMax) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest }, _ => Interlocked.Increment(ref _skipped));
    }

    public LiveQuality Quality { get; }

    /// <summary>What it listens to; changes once at most, when a recorder says under which name it comes. Set by <see cref="LiveDesk"/>.</summary>
    public LiveLine? Line { get; set; }

    /// <summary>Never waits.</summary>
    /// <param name="item">A <see cref="LiveBlock"/>, or the bytes of a page.</param>
    public void Give(object item) => _items.Writer.TryWrite(item);

    public void Complete() => _items.Writer.TryComplete();

    /// <summary>True when there is something to take; false when there will be nothing more.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancel) => _items.Reader.WaitToReadAsync(cancel);

    /// <summary>The next bytes to send; null when there are none yet.</summary>
    public byte[]? Take()
    {
        var skipped = Interlocked.Exchange(ref _skipped, 0) > 0;
        if (skipped && Quality != LiveQuality.Ogg)
        {
            while (_items.Reader.Count > KeptAfterSkip) _items.Reader.TryRead(out _);
        }

        if (!_items.Reader.TryRead(out var item)) return null;
        return item is LiveBlock block ? block.ToBytes(skipped) : (byte[])item;
    }
}
