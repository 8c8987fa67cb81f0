using Chorale.Archive.Index;
using Chorale.Archive.Store;
using Chorale.Protocol;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Book;

/// <summary>
/// Tells of chunks that arrived odd, and of recorders whose uploads stop and return. A recorder has stopped when nothing came for three of
/// its usual intervals and at least <see cref="QuietMin"/>; the interval is learned from what arrives, so a recorder with a schedule is told
/// of at most once a window. One that was heard within <see cref="RecorderStory.ExpectedFor"/> before this hub was started is waited for as
/// well. What a module does not send it says itself: of it there is an event and no trouble.
/// </summary>
internal sealed class UploadStory(EventBook book, ArchiveStore store, ArchiveIndex index, Func<string, bool> isModule, TimeProvider time)
{
    public const string Stopped = "uploads_stopped", Odd = "chunk_odd";

    public static readonly TimeSpan QuietMin = TimeSpan.FromMinutes(3);

    private const int ArrivalsMin = 3, RecordersMax = 20_000;

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Arrivals> _recorders = new(StringComparer.Ordinal);

    public async Task RunAsync(CancellationToken stopping)
    {
        store.Committed += Take;
        Expect();
        try
        {
            using var tick = new PeriodicTimer(LookInterval, time);
            while (await tick.WaitForNextTickAsync(stopping)) Look();
        }
        finally
        {
            store.Committed -= Take;
        }
    }

    /// <summary>Those who sent before this hub was started: the hub was away, so their silence counts from now.</summary>
    internal void Expect()
    {
        var since = NowUs - (long)RecorderStory.ExpectedFor.TotalMicroseconds;
        List<(string Id, long SeenUs, long LengthUs)> known;
        try
        {
            known = index.Read(c => c.Query<(string, long, long)>(
                """
                SELECT r.recorder_id, r.last_seen_us, COALESCE(c.end_us - c.start_us, 0) FROM recorders r
                LEFT JOIN chunks c ON c.rowid = (SELECT rowid FROM chunks WHERE recorder_id = r.recorder_id ORDER BY start_us DESC LIMIT 1)
                WHERE r.last_seen_us >= @since LIMIT @RecordersMax
                """, new { since, RecordersMax }).ToList());
        }
        catch (SqliteException)
        {
            return; // the index says itself that it cannot be read
        }

        var now = time.GetTimestamp();
        lock (_gate)
        {
            foreach (var (id, seenUs, lengthUs) in known)
                _recorders.TryAdd(id, Arrivals.Before(now, seenUs, TimeSpan.FromMicroseconds(lengthUs), book.Troubles.Of(Stopped, id).Count > 0));
        }
    }

    /// <summary>The committing thread: ingest waits for it.</summary>
    internal void Take(IReadOnlyList<ChunkRow> rows)
    {
        var now = time.GetTimestamp();
        foreach (var row in rows)
        {
            if (row.Label is { } label)
            {
                book.Troubles.Raise(Odd, BookArea.Archive, row.RecorderId, null, label, NowUs);
                book.Tell(new BookEvent(BookLevel.Warn, BookArea.Archive, row.RecorderId, Odd, "A chunk was kept with something odd about it") { Reason = label });
            }

            lock (_gate)
            {
                if (!_recorders.TryGetValue(row.RecorderId, out var arrivals))
                {
                    if (_recorders.Count >= RecordersMax) continue;
                    _recorders.Add(row.RecorderId, arrivals = new Arrivals());
                }

                arrivals.Add(now, time, TimeSpan.FromMicroseconds(row.EndUs - row.StartUs));
                if (!arrivals.IsStopped) continue;
                arrivals.IsStopped = false;
            }

            book.Troubles.Clear(Stopped, row.RecorderId, null);
            book.Tell(new BookEvent(BookLevel.Info, BookArea.Archive, row.RecorderId, "uploads_back", "Uploads of this recorder arrive again"));
        }
    }

    internal void Look()
    {
        var now = time.GetTimestamp();
        List<(string Id, long SinceUs)> stopped = [];
        lock (_gate)
        {
            foreach (var (id, arrivals) in _recorders)
            {
                var quiet = time.GetElapsedTime(arrivals.LastStamp, now);
                if (arrivals.IsStopped || arrivals.Count < ArrivalsMin || quiet < QuietMin || quiet < 3 * arrivals.Usual) continue;
                arrivals.IsStopped = true;
                stopped.Add((id, arrivals.SeenUs ?? NowUs - (long)quiet.TotalMicroseconds));
            }
        }

        foreach (var (id, sinceUs) in stopped)
        {
            var quiet = TimeSpan.FromMicroseconds(NowUs - sinceUs);
            if (!IsModule(id)) book.Troubles.Raise(Stopped, BookArea.Archive, id, null, null, sinceUs);
            book.Tell(new BookEvent(BookLevel.Warn, BookArea.Archive, id, Stopped, "Uploads of this recorder have stopped")
            {
                Reason = $"nothing came for {quiet.TotalMinutes:0} min: it may be outside its schedule, without network, or off",
            });
        }
    }

    /// <summary>By its id, or by the name that it gives itself.</summary>
    private bool IsModule(string id)
    {
        try
        {
            return isModule(id) || (index.Read(c => c.QueryFirstOrDefault<string?>("SELECT name FROM recorders WHERE recorder_id = @id", new { id })) is { } name && isModule(name));
        }
        catch (SqliteException)
        {
            return false;
        }
    }

    private long NowUs => WallTime.ToMicroseconds(time.GetUtcNow());

    private sealed class Arrivals
    {
        public long LastStamp { get; private set; }

        public long Count { get; private set; }

        /// <summary>The longest of late intervals, which fades by a tenth with each arrival.</summary>
        public TimeSpan Usual { get; private set; }

        public bool IsStopped { get; set; }

        /// <summary>By the clock, of one that was last heard before this hub was started; null: since then.</summary>
        public long? SeenUs { get; private set; }

        public static Arrivals Before(long stamp, long seenUs, TimeSpan length, bool isStopped) =>
            new() { LastStamp = stamp, Count = ArrivalsMin, Usual = length, IsStopped = isStopped, SeenUs = seenUs };

        public void Add(long stamp, TimeProvider time, TimeSpan length)
        {
            var since = Count == 0 ? length : time.GetElapsedTime(LastStamp, stamp);
            if (!IsStopped) Usual = since > Usual * 0.9 ? since : Usual * 0.9;
            if (Usual < length) Usual = length;
            (LastStamp, Count, SeenUs) = (stamp, Count + 1, null);
        }
    }
}
