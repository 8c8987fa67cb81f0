using System.CommandLine;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Spool;
using Chorale.Recorder.Verbs;
using Chorale.Storage;
using Microsoft.Data.Sqlite;

namespace Chorale.Tests.Spool;

public sealed class ForeignSpoolTests
{
    private static byte[] PlainWav(int frames)
    {
        using var bytes = new MemoryStream();
        using var w = new BinaryWriter(bytes);
        w.Write("RIFF"u8);
        w.Write(36 + frames * 2);
        w.Write("WAVEfmt "u8);
        w.Write(16);
        w.Write((short)1);
        w.Write((short)1);
        w.Write(16_000);
        w.Write(32_000);
        w.Write((short)2);
        w.Write((short)16);
        w.Write("data"u8);
        w.Write(frames * 2);
        for (var i = 0; i < frames; i++) w.Write((short)(i + 1));
        return bytes.ToArray();
    }

    /// <summary>The queue as Mycelia's recorder makes it (contracts.md 2.2).</summary>
    private static void MakeQueue(string path, int rows)
    {
        using var db = SqliteFile.Open(path);
        using var create = db.CreateCommand();
        create.CommandText =
            """
            PRAGMA journal_mode=DELETE;
            CREATE TABLE audio_chunks (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT NOT NULL, chunk_number INTEGER NOT NULL,
              source_file_id TEXT, audio_data BLOB NOT NULL, recording_start TEXT NOT NULL, created_at TEXT NOT NULL)
            """;
        create.ExecuteNonQuery();
        for (var i = 0; i < rows; i++)
        {
            using var insert = db.CreateCommand();
            insert.CommandText = "INSERT INTO audio_chunks(timestamp,chunk_number,source_file_id,audio_data,recording_start,created_at) VALUES($t,$n,$s,$d,$r,$t)";
            var recording = i < rows / 2 ? "2026-01-04T20:00:00.000000+00:00" : "2026-01-04T22:00:00.123456+00:00";
            insert.Parameters.AddWithValue("$t", $"2026-01-04T{(i < rows / 2 ? 20 : 22)}:00:{i + 10:00}.000000+00:00");
            insert.Parameters.AddWithValue("$n", i % (rows / 2));
            insert.Parameters.AddWithValue("$s", i == 1 ? "0123456789abcdef01234567" : DBNull.Value);
            insert.Parameters.AddWithValue("$d", PlainWav(1600 + i));
            insert.Parameters.AddWithValue("$r", recording);
            insert.ExecuteNonQuery();
        }
    }

    private static SpoolStore Open(TempFolder folder, DiskCalls? disk = null, TimeZoneInfo? zone = null, TestLog? log = null) => SpoolStore.Open(
        new SpoolOptions(folder["spool"], null, null, "mic1", zone ?? TimeZoneInfo.Utc) { Disk = disk ?? new DiskCalls() }, new ManualTime(), log ?? new TestLog());

    [Fact]
    public async Task An_old_Mycelia_queue_at_the_place_of_the_index_is_taken_over_row_by_row()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["spool"]);
        MakeQueue(Path.Combine(folder["spool"], "audio_queue.db"), 10);
        using var store = Open(folder);
        await store.Recovered.WaitAsync(Wait.Patience);
        var chunks = store.List(ChunkState.Ready);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => 1600L + i), chunks.Select(c => c.Frames));
        Assert.Equal([0, 1, 2, 3, 4, 0, 1, 2, 3, 4], chunks.Select(c => c.Number));
        Assert.Equal(2, chunks.Select(c => c.RecordingStartAt).Distinct().Count());
        Assert.Equal("0123456789abcdef01234567", chunks[1].SourceFileId);
        Assert.Null(chunks[0].SourceFileId);
        Assert.Equal(PlainWav(1605), File.ReadAllBytes(chunks[5].Path));
        // The old timestamps say when a chunk ended.
        Assert.Equal(new DateTimeOffset(2026, 1, 4, 20, 0, 10, TimeSpan.Zero), chunks[0].EndAt);
        Assert.Equal(0, store.WithIndex((index, _, _) => (long)index.Scalar("SELECT COUNT(*) FROM sqlite_master WHERE name='mycelia_chunks'")!));
    }

    [Fact]
    public async Task A_take_over_that_dies_at_any_call_loses_nothing_and_doubles_nothing()
    {
        for (var dieAt = 1; dieAt <= 40; dieAt++)
        {
            using var folder = new TempFolder();
            Directory.CreateDirectory(folder["spool"]);
            MakeQueue(Path.Combine(folder["spool"], "audio_queue.db"), 4);
            var calls = 0;
            var disk = new FaultyDisk { Fails = (_, path) => path.Contains("import_", StringComparison.Ordinal) && ++calls >= dieAt ? FaultyDisk.Eio : 0 };
            using (var store = Open(folder, disk))
            {
                await store.Recovered.WaitAsync(Wait.Patience);
                disk.Fails = (_, _) => 0;
            }

            using var again = Open(folder);
            await again.Recovered.WaitAsync(Wait.Patience);
            Assert.Equal([1600L, 1601, 1602, 1603], again.List(ChunkState.Ready).Select(c => c.Frames).Order());
            Assert.Equal(4, Directory.GetFiles(Path.Combine(folder["spool"], "outbox")).Length);
            for (var i = 0; i < 4; i++) again.MarkUploaded(again.NextToSend()!, null);
            if (calls < dieAt) return;
        }

        Assert.Fail("the take-over has more steps than were tried");
    }

    [Fact]
    public void A_queue_elsewhere_is_imported_and_emptied_and_importing_it_again_adds_nothing()
    {
        using var folder = new TempFolder();
        MakeQueue(folder["old.db"], 6);
        File.Copy(folder["old.db"], folder["copy.db"]);
        var options = new SpoolOptions(folder["spool"], null, null, "mic1", TimeZoneInfo.Utc);
        Assert.Equal(0, Verb(options, out var text, "import", folder["old.db"], "--json"));
        Assert.Contains("\"imported\":6", text);
        Verb(options, out _, "import", folder["copy.db"], "--json");
        using var reader = SpoolReader.Open(options);
        Assert.Equal(6, reader.Count(ChunkState.Ready).Chunks);
        using var db = SqliteFile.Open(folder["old.db"]);
        using var count = db.CreateCommand();
        count.CommandText = "SELECT COUNT(*) FROM audio_chunks";
        Assert.Equal(0L, count.ExecuteScalar());
    }

    [Fact]
    public void A_recorder_agent_spool_is_adopted_where_it_lies_with_local_times_and_its_open_file_left_alone()
    {
        using var folder = new TempFolder();
        var outbox = Directory.CreateDirectory(Path.Combine(folder["spool"], "outbox")).FullName;
        var time = new ManualTime(new DateTimeOffset(2026, 7, 1, 12, 0, 0, TimeSpan.Zero));
        void Put(string name, byte[] bytes, DateTime writtenAt)
        {
            File.WriteAllBytes(Path.Combine(outbox, name), bytes);
            File.SetLastWriteTimeUtc(Path.Combine(outbox, name), writtenAt);
        }

        Put("chunk_20260701_100000.wav", PlainWav(16_000), new DateTime(2026, 7, 1, 8, 0, 1, DateTimeKind.Utc));
        Put("chunk_20260701_100100.wav", [], new DateTime(2026, 7, 1, 8, 1, 1, DateTimeKind.Utc));
        Put("chunk_20260701_135930.wav", PlainWav(16_000), new DateTime(2026, 7, 1, 11, 59, 50, DateTimeKind.Utc));
        var options = new SpoolOptions(folder["spool"], null, null, "mic1", TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));
        using var store = SpoolStore.Open(options, time, new TestLog());
        var chunk = Assert.Single(store.List(ChunkState.Ready));
        Assert.Equal(new DateTimeOffset(2026, 7, 1, 8, 0, 0, TimeSpan.Zero), chunk.StartAt);
        Assert.Equal("chunk_20260701_100000.wav", Path.GetFileName(chunk.Path));
        Assert.Equal(1, store.Totals().QuarantinedChunks); // 0 bytes: set aside, not sent
        time.Advance(TimeSpan.FromMinutes(2));
        store.Retain(RetentionTests.NoLimits);
        Assert.Equal(2, store.Totals().ReadyChunks);
    }

    [Fact]
    public void The_hour_that_comes_twice_is_told_apart_by_the_last_write()
    {
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        DateTimeOffset Start(int utcHour) => ForeignNames.StartOf(
            "chunk_20261025_023000.ogg", berlin, new DateTimeOffset(2026, 10, 25, utcHour, 31, 0, TimeSpan.Zero), TimeSpan.FromMinutes(1));
        Assert.Equal(new DateTimeOffset(2026, 10, 25, 0, 30, 0, TimeSpan.Zero), Start(0));
        Assert.Equal(new DateTimeOffset(2026, 10, 25, 1, 30, 0, TimeSpan.Zero), Start(1));
    }

    [Fact]
    public void The_verbs_work_beside_a_running_recorder_and_their_exit_codes_can_be_used()
    {
        using var rig = new SpoolRig();
        for (var i = 0; i < 3; i++) rig.Record(i, i * 8000);
        rig.Store.Quarantine(rig.Store.NextToSend()!, "422 Empty file");
        Assert.Equal(0, Verb(rig.Options, out var text, "ls", "--state", "Quarantined"));
        Assert.Contains("422 Empty file", text);
        Assert.Equal(0, Verb(rig.Options, out text, "check", "--json"));
        Assert.Contains("\"adds_up\":true", text);
        Assert.Equal(0, Verb(rig.Options, out text, "retry"));
        Assert.Equal(3, rig.Store.Totals().ReadyChunks); // the owner notices
        Assert.Equal(1, rig.Store.NextToSend()!.Number); // back at the end of the queue
        using var folder = new TempFolder();
        Assert.Equal(0, Verb(rig.Options, out _, "export", folder["out"]));
        Assert.Equal(3, Directory.GetFiles(folder["out"]).Length);
        rig.Record(5, 99_999);
        Assert.Equal(1, Verb(rig.Options, out text, "check"));
        Assert.Contains("DOES NOT ADD UP", text);
        Assert.Equal(1, Verb(rig.Options, out _, "retry", "chunk_nobody.ogg"));
        Assert.Equal(64, Verb(rig.Options, out text, "check", "--from", "yesterday"));
        Assert.Contains("'yesterday'", text);
        Assert.Equal(64, Verb(rig.Options, out text, "import", folder["nothing"]));
        Assert.Equal(2, Verb(rig.Options with { Folder = folder["none"] }, out text, "ls"));
        Assert.Contains("no spool at", text);
    }

    private static int Verb(SpoolOptions options, out string text, params string[] arguments)
    {
        using var output = new StringWriter();
        var exit = SpoolVerbs.Create(_ => options, new ManualTime(), output).Parse(arguments).Invoke();
        text = output.ToString();
        return exit;
    }
}
