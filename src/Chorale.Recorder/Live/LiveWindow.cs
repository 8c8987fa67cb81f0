using Chorale.Audio.Files;

namespace Chorale.Recorder.Live;

/// <summary>
/// Pages on their way from the recording to the network. Whoever writes never waits: what does not fit is dropped, oldest first, and
/// counted; whoever reads gets the header pages of a chunk before any other page of it.
/// </summary>
/// <remarks>
/// One writer (the recording thread, or the one that encodes for listening), one reader (the task of <see cref="LiveLink"/>). The lock is held for
/// moving a reference; pages are copied before it is taken. Nothing is kept while nobody reads, except the headers of the open chunk and, for a
/// second copy, all of it.
/// </remarks>
internal sealed class LiveWindow(bool isWhole, TimeProvider time)
{
    /// <summary>A minute at 510 kbit/s, 16 minutes at 32.</summary>
    private const int BytesMax = 4 << 20;

    /// <summary>What a listener would hear later than this is not worth the bytes.</summary>
    private static readonly TimeSpan StaleAfter = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _filled = new(0, 1);
    private readonly List<byte[]> _headers = []; // of the open chunk
    private readonly LinkedList<Page> _pages = []; // not yet read, and for a second copy the read ones of the open chunk before _next
    private LinkedListNode<Page>? _next; // first unread; null: all are read
    private int _chunk; // number of the open chunk here
    private int _bytes;
    private int _headersDue; // of _headers, for a reader that joined in mid-chunk
    private bool _isRead;
    private long _dropped;

    /// <summary>Pages that nobody got because the network was too slow.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>True while pages are wanted at all.</summary>
    public bool IsOpen => isWhole || Volatile.Read(ref _isRead);

    /// <param name="page">One whole page; copied.</param>
    public void Add(ReadOnlySpan<byte> page)
    {
        var read = OggPage.Trusted(page);
        var isHeader = read.GranulePosition == 0;
        if (!isHeader && !IsOpen) return;
        var copy = page.ToArray();
        lock (_gate)
        {
            if ((read.Flags & OggPage.First) != 0) BeginChunk();
            if (isHeader) _headers.Add(copy);
            if (!isWhole && !_isRead) return;
            var node = _pages.AddLast(new Page(copy, _chunk, isHeader, time.GetTimestamp()));
            _bytes += copy.Length;
            if (_isRead) _next ??= node;
            while (_bytes > BytesMax) Drop(_pages.First!);
        }

        if (_filled.CurrentCount == 0) TryRelease();
    }

    /// <summary>A reader begins: with all there is of the open chunk for a second copy, else with its headers and what comes from now on.</summary>
    public void Join()
    {
        lock (_gate)
        {
            _isRead = true;
            _next = isWhole ? _pages.First : null;
            var hasHead = _next is { Value.IsHeader: true };
            _headersDue = hasHead ? 0 : _headers.Count;
        }
    }

    public void Leave()
    {
        lock (_gate)
        {
            _isRead = false;
            _next = null;
            if (!isWhole) Clear();
            while (_pages.First is { } old && old.Value.Chunk != _chunk) Remove(old);
        }
    }

    /// <summary>The next page to send.</summary>
    public bool TryTake(out byte[] page)
    {
        lock (_gate)
        {
            if (_headersDue > 0)
            {
                page = _headers[^_headersDue--];
                return true;
            }

            if (!isWhole) SkipStale();
            if (_next is not { } node)
            {
                page = [];
                return false;
            }

            _next = node.Next;
            page = node.Value.Bytes;
            if (!isWhole || node.Value.Chunk != _chunk) Remove(node);
            return true;
        }
    }

    /// <summary>Waits until there may be something to take, at most so long.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken stopping) => _filled.WaitAsync(atMost, stopping);

    /// <summary>What a chunk that is closed leaves unread goes up as a whole anyway; only a reader that is nearly there still gets it.</summary>
    private void BeginChunk()
    {
        _chunk++;
        _headers.Clear();
        _headersDue = 0;
        for (var node = _pages.First; node is not null && node != _next; node = _pages.First) Remove(node);
        if (!_isRead) Clear();
    }

    private void SkipStale()
    {
        while (_next is { } node && time.GetElapsedTime(node.Value.Stamp) > StaleAfter)
        {
            if (node.Value.IsHeader && node.Value.Chunk == _chunk) return;
            Drop(node);
        }
    }

    private void Drop(LinkedListNode<Page> node)
    {
        var isUnread = _next == node;
        if (isUnread)
        {
            _next = node.Next;
            Volatile.Write(ref _dropped, _dropped + 1);
            if (node.Value.IsHeader && node.Value.Chunk == _chunk) _headersDue = _headers.Count;
        }

        Remove(node);
    }

    private void Remove(LinkedListNode<Page> node)
    {
        _bytes -= node.Value.Bytes.Length;
        _pages.Remove(node);
    }

    private void Clear()
    {
        _pages.Clear();
        (_next, _bytes) = (null, 0);
    }

    private void TryRelease()
    {
        try
        {
            _filled.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else was as quick.
        }
    }

    private readonly record struct Page(byte[] Bytes, int Chunk, bool IsHeader, long Stamp);
}
