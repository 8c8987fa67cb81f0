using Chorale.Archive.Index;
using Chorale.Archive.Store;
using Chorale.Hub.Book;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;

namespace Chorale.Tests.Hub.Book;

public sealed class RecorderStoryTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);
    private readonly TempFolder _folder = new();
    private readonly TestLog _log = new();
    private readonly ManualTime _time = new(Noon);
    private readonly ArchiveIndex _index;

    public RecorderStoryTests() => _index = ArchiveIndex.Open(_folder["archive"]);

    public void Dispose()
    {
        _index.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Alarms_of_a_recorder_that_only_uploads_stand_since_they_were_first_heard_also_over_a_restart_and_end_with_it()
    {
        Heard("0a1b", "attic", "digital_silence,disk_low");
        await using (var book = Open())
        {
            Story(book).Look();
            Assert.Equal(["digital_silence", "disk_low"], Standing(book));
            _time.Advance(TimeSpan.FromHours(1));
            Heard("0a1b", "attic", "digital_silence");
            var story = Story(book);
            story.Look();
            Assert.Equal(["digital_silence"], Standing(book));
            story.Look();
            await Wait.Until("it is told once", () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1)); // the book writes by the same clock
                return book.Waiting == 0 && book.ReadAll(new BookFilter(Subject: "0a1b")).Count(r => r.Event == RecorderStory.Over) == 1;
            });
        }

        await using var again = Open();
        _time.Advance(TimeSpan.FromHours(1));
        var restarted = Story(again);
        restarted.Look();
        Assert.Equal(WallTime.ToMicroseconds(Noon), Assert.Single(again.Troubles.All()).SinceUs);
        Heard("0a1b", "attic", "ok");
        restarted.Look();
        Assert.Empty(again.Troubles.All());
    }

    [Fact]
    public async Task A_recorder_that_is_a_module_as_well_by_its_id_or_its_name_is_told_of_there_alone()
    {
        Heard("hall", "hall", "dead_microphone");
        Heard("77-sender", "attic", "dead_microphone");
        await using var book = Open();
        List<string> modules = [];
        var story = new RecorderStory(book, _index, modules.Contains, _time, _log.CreateLogger("t"));
        story.Look();
        Assert.Equal(2, book.Troubles.All().Count);
        modules.AddRange(["hall", "attic"]);
        story.Look();
        Assert.Empty(book.Troubles.All());
    }

    [Fact]
    public async Task A_recorder_that_was_not_heard_for_a_week_is_expected_no_more()
    {
        Heard("0a1b", "attic", "dead_microphone");
        await using var book = Open();
        var story = Story(book);
        story.Look();
        _time.Advance(TimeSpan.FromDays(7) + TimeSpan.FromSeconds(1));
        story.Look();
        Assert.Empty(book.Troubles.All());
    }

    [Fact]
    public async Task A_recorder_that_did_not_return_after_a_restart_of_the_hub_is_missed_since_it_was_last_heard_and_not_where_it_is_a_module()
    {
        Heard("0a1b", "attic", "ok");
        Heard("hall", "hall", "ok");
        _time.Advance(TimeSpan.FromHours(2));
        await using var book = Open();
        await using var store = ArchiveStore.Open(_folder["archive"], _index, _time, _log);
        var story = new UploadStory(book, store, _index, id => id == "hall", _time);
        story.Expect();
        story.Look();
        Assert.Empty(book.Troubles.All()); // the hub was away itself
        _time.Advance(UploadStory.QuietMin);
        story.Look();
        var missed = Assert.Single(book.Troubles.All());
        Assert.Equal((UploadStory.Stopped, "0a1b", WallTime.ToMicroseconds(Noon)), (missed.Kind, missed.Subject, missed.SinceUs));

        // Nor does it stay missed where the hub is started once more, and it comes.
        var again = new UploadStory(book, store, _index, _ => false, _time);
        again.Expect();
        again.Take([new ChunkRow
        {
            ChunkId = "c", RecorderId = "0a1b", Frames = 48_000, RateHz = 48_000, Channels = 1, Codec = "opus", StartUs = 0, EndUs = 1_000_000, Path = "p", SizeBytes = 1, Sha256 = "", ReceivedUs = 0,
        }]);
        Assert.Empty(book.Troubles.All());
    }

    private void Heard(string id, string name, string state)
    {
        var at = WallTime.ToMicroseconds(_time.GetUtcNow());
        var header = new ChunkHeader { Recorder = name, Run = Guid.NewGuid(), Number = 0, FirstFrame = 0, Frames = 48_000, RateHz = 48_000, StartUs = at, State = state };
        _index.Write((connection, transaction) => RecorderSql.Seen(connection, transaction, new RecorderSeen(id, name, null, null, at, System.Text.Json.JsonSerializer.Serialize(header), at)));
    }

    private RecorderStory Story(EventBook book) => new(book, _index, _ => false, _time, _log.CreateLogger("t"));

    private static IEnumerable<string?> Standing(EventBook book) => book.Troubles.All().Select(t => t.Detail);

    private EventBook Open() => EventBook.Open(_folder["book"], BookLimits.Usual, new Chorale.Storage.AgeClock(_time), _time, _log);
}
