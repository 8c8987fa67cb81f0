using System.Text.Json;
using Chorale.Storage;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Book;

/// <summary>What of the book is wanted; null is everything.</summary>
/// <param name="Least">This level and above.</param>
/// <param name="Text">Somewhere in text, reason, subject, event or who.</param>
internal sealed record BookFilter(
    BookLevel Least = BookLevel.Info, string? Area = null, string? Subject = null, string? Text = null, long? FromUs = null, long? ToUs = null)
{
    public bool Takes(BookRow row) =>
        row.Level >= Least && (Area is null || row.Area == Area) && (Subject is null || row.Subject == Subject)
        && (FromUs is null || row.TsUs >= FromUs) && (ToUs is null || row.TsUs <= ToUs)
        && (Text is null || new[] { row.Text, row.Reason, row.Subject, row.Event, row.By }.Any(t => t?.Contains(Text, StringComparison.OrdinalIgnoreCase) == true));
}

/// <param name="Next">Cursor of what comes after; null: there is no more.</param>
internal sealed record BookPage(IReadOnlyList<BookRow> Rows, long? Next);

/// <summary>
/// The book's file, <c>events.db</c>. One thread writes; anybody reads over a connection of its own, beside the writer. A question looks at
/// no more than <see cref="LookedAtMax"/> rows and says where it stopped, so none costs more the longer the book is.
/// </summary>
internal sealed class EventStore : IDisposable
{
    public const string FileName = "events.db";

    /// <summary>0.1 s of looking on a small machine.</summary>
    public const int LookedAtMax = 100_000;

    /// <summary>Deleted at once at most: 10 ms.</summary>
    private const int PrunedMax = 2_000;

    /// <summary>SQLITE_CORRUPT and SQLITE_NOTADB.</summary>
    private const int DamagedFile = 11, NotADatabase = 26;

    /// <summary>A clock that was set back puts at most so many rows out of the order of their times.</summary>
    private const int OutOfOrderMax = 1_000;

    private const string Columns = "id AS Id, at_us AS TsUs, level AS Level, area AS Area, subject AS Subject, event AS Event, text AS Text, reason AS Reason, by AS By, count AS Count, args AS Args";

    private readonly string _path;
    private readonly SqliteConnection _writer;

    private EventStore(string path, SqliteConnection writer)
    {
        (_path, _writer) = (path, writer);
        LastId = writer.ExecuteScalar<long?>("SELECT MAX(id) FROM events") ?? 0;
    }

    /// <summary>Where a damaged file of before was put; null = there was none.</summary>
    public string? SetAside { get; private init; }

    /// <summary>Of the newest row when this was opened.</summary>
    public long LastId { get; }

    public WriteTimes Writes { get; } = new();

    public static EventStore Open(string dataFolder, TimeProvider time)
    {
        Directory.CreateDirectory(dataFolder);
        var path = Path.Combine(dataFolder, FileName);
        try
        {
            return new EventStore(path, OpenSound(path));
        }
        catch (SqliteException e) when (e.SqliteErrorCode is DamagedFile or NotADatabase)
        {
            var aside = $"{path}.damaged-{time.GetUtcNow().UtcDateTime:yyyyMMdd'T'HHmmss'Z'}";
            foreach (var part in new[] { "", "-wal", "-shm" })
            {
                if (File.Exists(path + part)) File.Move(path + part, aside + part, overwrite: true);
            }

            return new EventStore(path, OpenSound(path)) { SetAside = aside };
        }
    }

    public IReadOnlyList<Trouble> Troubles() => _writer.Query<(string Key, string Kind, string Area, string? Subject, string? Detail, long SinceUs, long LastUs, long Count, string? Reason)>(
        "SELECT key, kind, area, subject, detail, since_us, last_us, count, reason FROM troubles LIMIT @Max", new { Book.Troubles.Max })
        .Select(t => new Trouble(t.Key, t.Kind, t.Area, t.Subject, t.Detail, t.SinceUs, t.LastUs, t.Count, t.Reason)).ToList();

    /// <summary>One transaction. Writer's thread.</summary>
    /// <param name="troubles">All that stand; null: they are as they were.</param>
    /// <exception cref="SqliteException">Nothing of it was kept.</exception>
    public void Save(IReadOnlyList<BookRow> rows, IReadOnlyList<Trouble>? troubles)
    {
        using var timed = Writes.Begin();
        using var transaction = _writer.BeginTransaction();
        _writer.Execute(
            "INSERT OR REPLACE INTO events (id, at_us, level, area, subject, event, text, reason, by, count, args) VALUES (@Id, @TsUs, @Level, @Area, @Subject, @Event, @Text, @Reason, @By, @Count, @Args)",
            rows.Select(r => new { r.Id, r.TsUs, r.Level, r.Area, r.Subject, r.Event, r.Text, r.Reason, r.By, r.Count, Args = r.Args is null ? null : JsonSerializer.Serialize(r.Args) }), transaction);
        if (troubles is not null)
        {
            _writer.Execute("DELETE FROM troubles", null, transaction);
            _writer.Execute(
                "INSERT INTO troubles (key, kind, area, subject, detail, since_us, last_us, count, reason) VALUES (@Key, @Kind, @Area, @Subject, @Detail, @SinceUs, @LastUs, @Count, @Reason)",
                troubles, transaction);
        }

        transaction.Commit();
    }

    /// <summary>Deletes a piece of what is too old or too much. Writer's thread.</summary>
    /// <returns>True when there may be more to delete.</returns>
    public bool Prune(long beforeUs, long rowsMax)
    {
        var last = _writer.ExecuteScalar<long?>("SELECT MAX(id) FROM events") ?? 0; // both ends of the table, whatever it holds
        return _writer.Execute(
            "DELETE FROM events WHERE id IN (SELECT id FROM events ORDER BY id LIMIT @PrunedMax) AND (at_us < @beforeUs OR id <= @last - @rowsMax)",
            new { PrunedMax, beforeUs, last, rowsMax }) == PrunedMax;
    }

    /// <summary>Newest first, older than <paramref name="before"/>. Any thread.</summary>
    public BookPage Read(BookFilter filter, long? before, int limit)
    {
        using var connection = OpenForReading();
        return Read(connection, filter, before, limit);
    }

    /// <summary>Everything that is wanted, newest first, piece by piece: no long reading holds up the writer's checkpoints. Any thread.</summary>
    public IEnumerable<BookRow> ReadAll(BookFilter filter)
    {
        using var connection = OpenForReading();
        for (long? before = null; ;)
        {
            var page = Read(connection, filter, before, 1_000);
            foreach (var row in page.Rows) yield return row;
            if (page.Next is not { } next) yield break;
            before = next;
        }
    }

    public SqliteConnection OpenForReading() => SqliteFile.Open(_path, readOnly: true);

    public void Dispose() => _writer.Dispose();

    private static BookPage Read(SqliteConnection connection, BookFilter filter, long? before, int limit)
    {
        // Ids rise with time, but for a clock that was set back: the neighbours of both ends are looked at as well.
        if (filter.ToUs is { } to)
        {
            var newest = connection.ExecuteScalar<long?>("SELECT MAX(id) FROM (SELECT id FROM events WHERE at_us <= @to ORDER BY at_us DESC LIMIT @OutOfOrderMax)", new { to, OutOfOrderMax }) ?? 0;
            before = Math.Min(before ?? long.MaxValue, newest + 1);
        }

        var oldest = filter.FromUs is { } from
            ? connection.ExecuteScalar<long?>("SELECT MIN(id) FROM (SELECT id FROM events WHERE at_us >= @from ORDER BY at_us LIMIT @OutOfOrderMax)", new { from, OutOfOrderMax }) ?? long.MaxValue
            : connection.ExecuteScalar<long?>("SELECT MIN(id) FROM events") ?? long.MaxValue;
        var newestId = connection.ExecuteScalar<long?>("SELECT MAX(id) FROM events") ?? 0;
        before = Math.Min(before ?? long.MaxValue, newestId + 1);
        var floor = filter.Subject is null ? Math.Max(oldest, before.Value - LookedAtMax) : oldest; // a subject has an index of its own
        var like = filter.Text is { } text ? "%" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal) + "%" : null;
        var rows = connection.Query<Row>(
            $"""
             SELECT {Columns} FROM events WHERE id < @before AND id >= @floor AND level >= @least
               AND (@area IS NULL OR area = @area) {(filter.Subject is null ? "" : "AND subject = @subject")}
               AND (@from IS NULL OR at_us >= @from) AND (@to IS NULL OR at_us <= @to)
               AND (@like IS NULL OR text LIKE @like ESCAPE '\' OR reason LIKE @like ESCAPE '\' OR subject LIKE @like ESCAPE '\' OR event LIKE @like ESCAPE '\' OR by LIKE @like ESCAPE '\')
             ORDER BY id DESC LIMIT @limit
             """,
            new { before, floor, least = (int)filter.Least, area = filter.Area, subject = filter.Subject, from = filter.FromUs, to = filter.ToUs, like, limit }).Select(r => r.ToRow()).ToList();
        long? next = rows.Count == limit ? rows[^1].Id : floor > oldest ? floor : null;
        return new BookPage(rows, next);
    }

    private static SqliteConnection OpenSound(string path)
    {
        var connection = SqliteFile.Open(path);
        try
        {
            SqliteFile.Migrate(connection, [SqliteFile.Script(typeof(EventStore).Assembly, "EventSchema.sql"), SqliteFile.Script(typeof(EventStore).Assembly, "EventSchema2.sql")]);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private sealed class Row
    {
        public long Id { get; init; }
        public long TsUs { get; init; }
        public long Level { get; init; }
        public string Area { get; init; } = "";
        public string? Subject { get; init; }
        public string Event { get; init; } = "";
        public string Text { get; init; } = "";
        public string? Reason { get; init; }
        public string? By { get; init; }
        public long Count { get; init; }
        public string? Args { get; init; }

        public BookRow ToRow() => new(Id, TsUs, (BookLevel)Level, Area, Subject, Event, Text, Reason, By, (int)Count) { Args = Args is null ? null : JsonSerializer.Deserialize<Dictionary<string, string>>(Args) };
    }
}
