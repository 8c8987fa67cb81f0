using System.Collections.Concurrent;
using Chorale.Hub.Book;
using Chorale.Protocol;
using Chorale.Storage;
using Dapper;
using Microsoft.Extensions.Logging;

namespace Chorale.Tests.Hub.Book;

public sealed class EventBookTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TestLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_told_is_there_after_a_restart_newest_first_page_by_page()
    {
        await using (var book = Open())
        {
            for (var n = 0; n < 25; n++) book.Tell(Event(n));
        }

        await using var again = Open();
        var first = again.Read(new BookFilter(), null, 10);
        Assert.Equal(["24", "15"], [first.Rows[0].Subject!, first.Rows[9].Subject!]);
        var second = again.Read(new BookFilter(), first.Next, 10);
        Assert.Equal("14", second.Rows[0].Subject);
        var third = again.Read(new BookFilter(), second.Next, 10);
        Assert.Equal((5, null), (third.Rows.Count, third.Next));
        Assert.Equal(25, again.ReadAll(new BookFilter()).Count());
    }

    [Fact]
    public async Task What_a_text_is_made_of_is_kept_and_a_book_of_an_older_hub_is_read_on()
    {
        using (var old = SqliteFile.Open(_folder[EventStore.FileName]))
        {
            SqliteFile.Migrate(old, [SqliteFile.Script(typeof(EventStore).Assembly, "EventSchema.sql")]);
            old.Execute("INSERT INTO events (id, at_us, level, area, event, text, count) VALUES (7, @at, 0, 'fleet', 'module_online', 'The module is there', 1)", new { at = WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow()) });
        }

        await using (var book = Open()) book.Tell(Event(1) with { Args = new Dictionary<string, string> { ["scene"] = "storm", ["long"] = new('x', 1_000) } });
        await using var again = Open();
        var rows = again.Read(new BookFilter(), null, 10).Rows;
        Assert.Equal("storm", rows[0].Args!["scene"]);
        Assert.InRange(rows[0].Args!["long"].Length, 300, 310);
        Assert.Equal((7, "The module is there", true), (rows[1].Id, rows[1].Text, rows[1].Args is null));
    }

    [Fact]
    public async Task It_is_read_by_level_area_subject_text_and_time()
    {
        await using var book = Open();
        book.Tell(new BookEvent(BookLevel.Info, BookArea.Fleet, "mic-1", "module_online", "The module is there"));
        book.Tell(new BookEvent(BookLevel.Error, BookArea.Rooms, "foyer", "run_failed", "Scene 'storm' was ended") { Reason = "100% of_it" });
        book.Tell(new BookEvent(BookLevel.Warn, BookArea.Fleet, "mic-2", "module_late", "The module is late"));
        string[] Found(BookFilter filter) => [.. book.Read(filter, null, 10).Rows.Select(r => r.Subject!)];
        await Wait.Until("it is written", () => book.Waiting == 0);
        Assert.Equal(["mic-2", "foyer"], Found(new BookFilter(BookLevel.Warn)));
        Assert.Equal(["mic-2", "mic-1"], Found(new BookFilter(Area: BookArea.Fleet)));
        Assert.Equal(["mic-1"], Found(new BookFilter(Subject: "mic-1")));
        Assert.Equal(["foyer"], Found(new BookFilter(Text: "0% OF_")));
        Assert.Empty(Found(new BookFilter(Text: "%x_")));
        var now = WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow());
        Assert.Equal(3, Found(new BookFilter(FromUs: now - 60_000_000, ToUs: now)).Length);
        Assert.Empty(Found(new BookFilter(FromUs: now + 1)));
        Assert.Empty(Found(new BookFilter(ToUs: now - 60_000_000)));
    }

    [Fact]
    public async Task What_the_disk_has_not_taken_yet_is_read_as_well_and_once()
    {
        await using var book = Open();
        for (var n = 0; n < 2_000; n++)
        {
            book.Tell(Event(n));
            if (n % 100 == 0) Assert.Distinct(book.ReadAll(new BookFilter()).Select(r => r.Id));
        }

        await Wait.Until("all are numbered", () => book.Read(new BookFilter(), null, 1).Rows is [{ Subject: "1999" }]);
    }

    [Fact]
    public async Task A_disk_that_refuses_is_told_once_stops_nobody_and_loses_nothing_it_can_keep()
    {
        var told = new ConcurrentQueue<BookRow>();
        await using var book = Open();
        book.Told = told.Enqueue;
        book.Tell(Event(1));
        await Wait.Until("the first is written", () => book.Waiting == 0);
        using (var stubborn = SqliteFile.Open(_folder[EventStore.FileName]))
        {
            // A table that cannot be written is what a full disk is to a program: each commit fails.
            stubborn.Execute("CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END");
            book.Tell(Event(2));
            await Wait.Until("it says so", () => book.Problem is not null);
            for (var n = 3; n < 100; n++) book.Tell(Event(n));
            await Wait.Until("pages are told all the same", () => told.Any(r => r.Subject == "99"));
            Assert.Single(told, r => r.Event == "book_failed");
            Assert.Single(book.Troubles.All(), t => t.Kind == "book_failed");
            Assert.Equal("99", book.Read(new BookFilter(BookLevel.Info, Subject: "99"), null, 1).Rows.Single().Subject);
            stubborn.Execute("DROP TRIGGER full");
        }

        await Wait.Until("it is written again", () => book.Problem is null, TimeSpan.FromSeconds(30));
        await Wait.Until("and says so", () => told.Any(r => r.Event == "book_back"));
        await Wait.Until("all of it is on the disk", () => book.Waiting == 0);
        Assert.Empty(book.Troubles.All());
        Assert.Equal(99, book.ReadAll(new BookFilter()).Count(r => r.Event.StartsWith('x')));
        Assert.Single(_log.Lines, l => l.Event == "book_failed");
    }

    [Fact]
    public async Task A_damaged_book_is_put_aside_and_a_new_one_says_so()
    {
        await File.WriteAllBytesAsync(_folder[EventStore.FileName], [.. "this is no database, whatever it was called"u8]);
        await using var book = Open();
        await Wait.Until("it is told", () => book.Read(new BookFilter(), null, 10).Rows.Count > 0);
        Assert.Equal("book_set_aside", book.Read(new BookFilter(), null, 10).Rows.Single().Event);
        Assert.Single(Directory.GetFiles(_folder.Path, "events.db.damaged-*"));
    }

    [Fact]
    public async Task It_keeps_so_many_events_and_so_many_days()
    {
        await using (var book = Open())
        {
            for (var n = 0; n < 30; n++) book.Tell(Event(n));
        }

        using (var connection = SqliteFile.Open(_folder[EventStore.FileName]))
            connection.Execute("UPDATE events SET at_us = at_us - 91 * 86400000000 WHERE id <= 10");
        await using (var book = Open())
        {
            book.Tell(Event(100)); // the first turn prunes
            await Wait.Until("the old ones are gone", () => book.ReadAll(new BookFilter()).Count() == 21);
        }

        await using var small = Open(new BookLimits(TimeSpan.FromDays(90), 5));
        small.Tell(Event(101));
        await Wait.Until("the newest are left", () => small.ReadAll(new BookFilter()).Select(r => r.Subject).SequenceEqual(["101", "100", "29", "28", "27"]));
    }

    [Fact]
    public async Task Troubles_outlive_the_hub_with_the_time_at_which_they_began()
    {
        await using (var book = Open()) book.Raise("alarm_raised", BookArea.Fleet, "mic-1", "dead_microphone", "x");
        await using var again = Open();
        var kept = Assert.Single(again.Troubles.All());
        Assert.Equal(("mic-1", "dead_microphone", 1), (kept.Subject, kept.Detail, kept.Count));
        again.Raise("alarm_raised", BookArea.Fleet, "mic-1", "dead_microphone", null);
        Assert.Equal((kept.SinceUs, 2), (again.Troubles.All()[0].SinceUs, again.Troubles.All()[0].Count));
        Assert.NotNull(again.Troubles.Clear("alarm_raised", "mic-1", "dead_microphone"));
        Assert.Empty(again.Troubles.All());
    }

    [Fact]
    public async Task A_flood_from_every_thread_waits_for_nobody_and_is_counted()
    {
        await using var book = Open();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(t => Task.Run(() =>
        {
            for (var n = 0; n < 50_000; n++) book.Tell(Event(n % 7) with { Text = $"flood {t} {n}" });
        })));
        await Wait.Until("it is through", () => book.Waiting == 0, TimeSpan.FromSeconds(30));
        Assert.True(book.ReadAll(new BookFilter()).Count() < 1_000); // 200,000 were told
    }

    [Fact]
    public async Task Warnings_of_the_log_are_in_the_book_with_whom_they_concern_and_why()
    {
        await using var book = Open();
        using var logs = new BookLogs(_log, book);
        var log = logs.CreateLogger("Chorale.Archive.Store");
        Chorale.Archive.Store.Log.ChunkRefused(log, "mic-7", "not audio at all", 12);
        log.LogInformation("the story of a request");
        await Wait.Until("it is there", () => book.Read(new BookFilter(), null, 10).Rows.Count == 1);
        var row = book.Read(new BookFilter(), null, 10).Rows[0];
        Assert.Equal((BookLevel.Warn, "archive", "mic-7", "chunk_refused", "not audio at all"), (row.Level, row.Area, row.Subject, row.Event, row.Reason));
        Assert.Equal("not audio at all", Assert.Single(book.Troubles.All()).Reason);
        Assert.Equal(("12", "mic-7"), (row.Args!["SizeBytes"], row.Args["RecorderId"]));
        Assert.True(_log.Has("chunk_refused"));
    }

    private EventBook Open(BookLimits? limits = null) => EventBook.Open(_folder.Path, limits ?? BookLimits.Usual, new Chorale.Storage.AgeClock(TimeProvider.System), TimeProvider.System, _log);

    private static BookEvent Event(int n) => new(BookLevel.Info, BookArea.Hub, n.ToString(System.Globalization.CultureInfo.InvariantCulture), $"x{n / 10}", $"event {n}");
}
