using System.Collections.Concurrent;
using Chorale.Protocol;
using Chorale.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub.Book;

/// <summary>How long the book is.</summary>
internal sealed record BookLimits(TimeSpan KeepFor, long RowsMax)
{
    /// <summary>1,000,000 rows of some 250 bytes are 250 MB.</summary>
    public static readonly BookLimits Usual = new(TimeSpan.FromDays(90), 1_000_000);
}

/// <summary>
/// What happened, for who looks on and for who comes later. Whoever tells something never waits: one thread of the book's own takes it,
/// numbers it, hands it to the pages and writes it, four times a second at most. A disk that is full or failing keeps events in memory,
/// says so once, and is tried again; nothing else notices.
/// </summary>
internal sealed class EventBook : IAsyncDisposable
{
    /// <summary>Events that wait for the book's thread; more are counted and told of.</summary>
    private const int WaitingMax = 16_384;

    /// <summary>Events in memory while the disk does not take them.</summary>
    private const int UnsavedMax = 5_000;

    private static readonly TimeSpan SaveInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PruneInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(5);

    private readonly EventStore _store;
    private readonly BookLimits _limits;
    private readonly AgeClock _ages;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ConcurrentQueue<(long AtUs, BookEvent Event)> _inbox = new();
    private readonly AutoResetEvent _ring = new(false);
    private readonly FloodGate _gate = new();
    private readonly Lock _unsavedGate = new();
    private readonly List<BookRow> _unsaved = [];
    private readonly Thread _thread;
    private readonly long _bornStamp;
    private long _lastId, _dropped, _lost, _savedTroubles;
    private long? _failedStamp;
    private long _prunedStamp, _savedStamp;
    private volatile string? _problem;
    private volatile bool _isStopping;

    private EventBook(EventStore store, BookLimits limits, AgeClock ages, TimeProvider time, ILogger log)
    {
        (_store, _limits, _ages, _time, _log, _lastId, _bornStamp) = (store, limits, ages, time, log, store.LastId, time.GetTimestamp());
        Troubles = new Troubles(store.Troubles()) { Changed = () => _ring.Set() };
        _thread = new Thread(Work) { IsBackground = true, Name = "event-book" };
        if (store.SetAside is { } aside)
            Tell(new BookEvent(BookLevel.Error, BookArea.Hub, null, "book_set_aside", $"{EventStore.FileName} was damaged; it was put aside and a new book begun") { Reason = aside });
        _thread.Start();
    }

    public Troubles Troubles { get; }

    /// <summary>Told on the book's thread, in the order of the numbers.</summary>
    public Action<BookRow>? Told { get; set; }

    /// <summary>A trouble that began or happened again, or, null, the end of the one with this key. The same thread.</summary>
    public Action<string, Trouble?>? TroubleTold { get; set; }

    /// <summary>Why it cannot be written; null when it can.</summary>
    public string? Problem => _problem;

    /// <summary>Events that were told faster than they could be taken, or could not be kept while the disk failed.</summary>
    public long Dropped => Volatile.Read(ref _dropped) + Volatile.Read(ref _lost);

    /// <summary>Waiting to be taken or written.</summary>
    public int Waiting
    {
        get
        {
            lock (_unsavedGate) return _inbox.Count + _unsaved.Count;
        }
    }

    public WriteTimes Writes => _store.Writes;

    public static EventBook Open(string dataFolder, BookLimits limits, AgeClock ages, TimeProvider time, ILoggerFactory logs) =>
        new(EventStore.Open(dataFolder, time), limits, ages, time, logs.CreateLogger("Chorale.Hub.Book"));

    /// <summary>Any thread; never waits, never throws.</summary>
    public void Tell(BookEvent told)
    {
        if (_inbox.Count >= WaitingMax)
        {
            Interlocked.Increment(ref _dropped);
            return;
        }

        _inbox.Enqueue((NowUs, told));
        _ring.Set();
    }

    /// <summary>A trouble begins, or happens again, now.</summary>
    public void Raise(string kind, string area, string? subject, string? detail, string? reason) => Troubles.Raise(kind, area, subject, detail, reason, NowUs);

    /// <summary>Newest first. Also what the disk has not taken yet. Any thread.</summary>
    /// <exception cref="SqliteException">The file cannot be read.</exception>
    public BookPage Read(BookFilter filter, long? before, int limit)
    {
        var fresh = Unsaved(filter, before);
        if (fresh.Count >= limit) return new BookPage(fresh.Take(limit).ToList(), fresh[limit - 1].Id);
        var firstUnsaved = fresh.Count > 0 ? fresh[^1].Id : before;
        var kept = _store.Read(filter, before is { } b && firstUnsaved is { } f ? Math.Min(b, f) : firstUnsaved, limit - fresh.Count);
        return fresh.Count == 0 ? kept : kept with { Rows = [.. fresh, .. kept.Rows] };
    }

    /// <summary>Everything that is wanted, newest first. Any thread.</summary>
    public IEnumerable<BookRow> ReadAll(BookFilter filter)
    {
        var fresh = Unsaved(filter, null);
        var saved = fresh.Count > 0 ? fresh[^1].Id : long.MaxValue;
        return fresh.Concat(_store.ReadAll(filter).SkipWhile(r => r.Id >= saved));
    }

    /// <summary>Writes what was told, and closes.</summary>
    public ValueTask DisposeAsync()
    {
        _isStopping = true;
        _ring.Set();
        if (!_thread.Join(EndPatience)) return ValueTask.CompletedTask; // a disk that does not answer: the file stays to its thread
        _store.Dispose();
        _ring.Dispose();
        return ValueTask.CompletedTask;
    }

    internal long NowUs => WallTime.ToMicroseconds(_time.GetUtcNow());

    private TimeSpan Now => _time.GetElapsedTime(_bornStamp);

    private IReadOnlyList<BookRow> Unsaved(BookFilter filter, long? before)
    {
        lock (_unsavedGate) return [.. Enumerable.Reverse(_unsaved).Where(r => (before is null || r.Id < before) && filter.Takes(r))];
    }

    private void Work()
    {
        while (!_isStopping)
        {
            _ring.WaitOne(_gate.HasOpen || Waiting > 0 || Troubles.Version != _savedTroubles ? SaveInterval : PruneInterval);
            try
            {
                Turn(isLast: false);
            }
            catch (Exception e) // the supervisor: the book goes on whatever one turn met
            {
                Log.BookFailed(_log, e);
            }
        }

        Turn(isLast: true);
    }

    private void Turn(bool isLast)
    {
        Take();
        var mayTry = _failedStamp is not { } failed || _time.GetElapsedTime(failed) >= RetryInterval || isLast;
        if (!mayTry || (!isLast && _savedStamp != 0 && _time.GetElapsedTime(_savedStamp) < SaveInterval)) return;
        _savedStamp = _time.GetTimestamp();
        Troubles.Age(NowUs);
        foreach (var (key, standing) in Troubles.TakeChanges()) TellPages(() => TroubleTold?.Invoke(key, standing));
        Save();
        if (_failedStamp is not null || isLast || (_prunedStamp != 0 && _time.GetElapsedTime(_prunedStamp) < PruneInterval)) return;
        _prunedStamp = _time.GetTimestamp();
        var before = WallTime.ToMicroseconds(_ages.Now - _limits.KeepFor);
        for (var piece = 0; piece < 20 && _store.Prune(before, _limits.RowsMax); piece++) Take();
    }

    private void Take()
    {
        while (_inbox.TryDequeue(out var told))
        {
            if (_gate.Take(told.Event, Now)) Number(told.AtUs, told.Event);
        }

        foreach (var due in _gate.Due(_isStopping ? TimeSpan.MaxValue : Now)) Number(NowUs, due);
        if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
        {
            Interlocked.Add(ref _lost, dropped);
            Number(NowUs, new BookEvent(BookLevel.Warn, BookArea.Hub, null, "events_dropped", $"{dropped} events came faster than they could be taken and are not in this book") { Args = new Dictionary<string, string> { ["count"] = dropped.ToString(System.Globalization.CultureInfo.InvariantCulture) } });
        }
    }

    private void Number(long atUs, BookEvent told)
    {
        var row = BookRow.Of(++_lastId, atUs, told);
        lock (_unsavedGate)
        {
            _unsaved.Add(row);
            if (_unsaved.Count > UnsavedMax)
            {
                _unsaved.RemoveRange(0, _unsaved.Count - UnsavedMax);
                Interlocked.Increment(ref _lost);
            }
        }

        TellPages(() => Told?.Invoke(row));
    }

    private void TellPages(Action tell)
    {
        try
        {
            tell();
        }
        catch (Exception e) // a listener's fault is not the book's
        {
            Log.BookFailed(_log, e);
        }
    }

    private void Save()
    {
        List<BookRow> rows;
        lock (_unsavedGate) rows = [.. _unsaved];
        var version = Troubles.Version;
        if (rows.Count == 0 && version == _savedTroubles) return;
        try
        {
            _store.Save(rows, version == _savedTroubles ? null : Troubles.All());
        }
        catch (Exception e) when (e is SqliteException or IOException)
        {
            var isFirst = _failedStamp is null;
            (_failedStamp, _problem) = (_time.GetTimestamp(), e.Message);
            if (!isFirst) return;
            Log.BookNotWritten(_log, e);
            Troubles.Raise("book_failed", BookArea.Hub, null, null, e.Message, NowUs);
            Number(NowUs, new BookEvent(BookLevel.Error, BookArea.Hub, null, "book_failed", "This book cannot be written; the newest events are kept in memory and it is tried again") { Reason = e.Message });
            return;
        }

        _savedTroubles = version;
        lock (_unsavedGate) _unsaved.RemoveAll(r => r.Id <= (rows.Count > 0 ? rows[^1].Id : 0));
        if (_failedStamp is null) return;
        (_failedStamp, _problem) = (null, null);
        Troubles.Clear("book_failed", null, null);
        Number(NowUs, new BookEvent(BookLevel.Info, BookArea.Hub, null, "book_back", $"This book is written again{(_lost > 0 ? $"; {_lost} events are not in it" : "")}"));
        Log.BookBack(_log);
    }
}
