using Chorale.Archive.Examine;
using Chorale.Archive.Index;
using Chorale.Archive.Store;
using Chorale.Protocol.Chunks;
using Dapper;

namespace Chorale.Tests.Archive.Store;

public sealed class ArchiveStoreTests : IDisposable
{
    private static readonly long StartUs = 1_767_607_200L * 1_000_000; // 2026-01-05 10:00:00
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(StoreStep.Received)]
    [InlineData(StoreStep.FileSynced)]
    [InlineData(StoreStep.Renamed)]
    [InlineData(StoreStep.FolderSynced)]
    [InlineData(StoreStep.RowWritten)]
    [InlineData(StoreStep.Committed)]
    internal async Task A_crash_at_any_step_loses_no_acknowledged_chunk_and_a_second_attempt_leaves_one(StoreStep crash)
    {
        var files = Enumerable.Range(0, 6).Select(n => OggChunk.Make(1, seed: n + 1)).ToArray();
        var acknowledged = new List<string>();
        var commits = 0;
        await using (var archive = OpenArchive(new StoreOptions
        {
            OnStep = (step, _) =>
            {
                if (step == crash && ++commits > 3) throw new IOException("the power went");
            },
        }))
        {
            for (var n = 0; n < files.Length; n++)
            {
                try
                {
                    acknowledged.Add((await archive.SendAsync(files[n], n, leaveBody: true)).Chunk!.ChunkId);
                }
                catch (IOException)
                {
                    // Not acknowledged: its sender keeps it.
                }
            }
        }

        Assert.Equal(3, acknowledged.Count);
        await using var again = OpenArchive();
        var rows = again.Rows();
        Assert.All(acknowledged, id => Assert.Contains(rows, r => r.ChunkId == id));
        Assert.All(rows, r => Assert.Contains(files, f => f.AsSpan().SequenceEqual(File.ReadAllBytes(_folder[r.Path]))));
        Assert.Empty(Directory.EnumerateFiles(_folder["incoming"]));

        for (var n = 0; n < files.Length; n++)
        {
            var admission = await again.SendAsync(files[n], n);
            if (n < 3) Assert.Equal((AdmissionOutcome.Duplicate, acknowledged[n]), (admission.Outcome, admission.Chunk!.ChunkId));
        }

        Assert.Equal(6, again.Rows().Count);
        Assert.Equal(6, Directory.EnumerateFiles(_folder["audio"], "*", SearchOption.AllDirectories).Count());
        Assert.Empty(Directory.EnumerateFiles(_folder["incoming"]));
    }

    [Fact]
    public async Task Chunks_that_wait_together_share_transactions()
    {
        var transactions = 0;
        using var gate = new ManualResetEventSlim();
        await using var archive = OpenArchive(new StoreOptions
        {
            SyncThreads = 2,
            OnStep = (step, _) =>
            {
                if (step == StoreStep.FolderSynced) gate.Wait(Wait.Patience);
            },
        });
        archive.Store.Committed += rows => Interlocked.Increment(ref transactions);
        var sending = Enumerable.Range(0, 40).Select(n => archive.SendAsync(OggChunk.Make(1, seed: n + 1), n)).ToArray();
        await Wait.Until("all wait for the first batch", () => Directory.EnumerateFiles(_folder["audio"], "*", SearchOption.AllDirectories).Count() == 40);
        gate.Set();
        var admissions = await Task.WhenAll(sending);

        Assert.All(admissions, a => Assert.Equal(AdmissionOutcome.Stored, a.Outcome));
        Assert.Equal(40, archive.Rows().Count);
        Assert.InRange(transactions, 1, 39);
    }

    [Fact]
    public async Task The_same_chunk_through_many_connections_at_once_is_one_chunk_and_one_receipt()
    {
        await using var archive = OpenArchive();
        var file = OggChunk.Make(1);
        var admissions = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => archive.SendAsync(file, 0)));
        Assert.Single(archive.Rows());
        Assert.Single(admissions.Select(a => (a.Chunk!.ChunkId, a.Chunk.Path)).Distinct());
        Assert.Single(admissions, a => a.Outcome == AdmissionOutcome.Stored);
        Assert.Empty(Directory.EnumerateFiles(_folder["incoming"]));
    }

    [Fact]
    public async Task Other_content_for_the_same_place_in_a_run_is_kept_and_labelled()
    {
        await using var archive = OpenArchive();
        var header = Header(0);
        var first = await archive.SendAsync(OggChunk.Make(1, seed: 1), 0, header);
        var second = await archive.SendAsync(OggChunk.Make(1, seed: 2), 0, header);
        var repeat = await archive.SendAsync(OggChunk.Make(1, seed: 2), 0, header);

        Assert.Equal((AdmissionOutcome.Stored, AdmissionOutcome.Duplicate), (second.Outcome, repeat.Outcome));
        Assert.Contains($"other content for chunk 0 of run {header.Run}, which is {first.Chunk!.ChunkId}", second.Chunk!.Label, StringComparison.Ordinal);
        Assert.Null(second.Chunk.RunId);
        Assert.Equal(2, archive.Rows().Count);
    }

    [Fact]
    public async Task Overlap_is_labelled_between_runs_and_never_within_one()
    {
        await using var archive = OpenArchive();
        var run = Header(0);
        await archive.SendAsync(OggChunk.Make(10, seed: 1), 0, run with { Frames = 480_000 });
        var joined = await archive.SendAsync(OggChunk.Make(10, seed: 2), 0, run with { Number = 1, FirstFrame = 480_000, Frames = 480_000, StartUs = StartUs + 9_000_000 });
        var other = await archive.SendAsync(OggChunk.Make(10, seed: 3), 0, Header(0) with { Frames = 480_000, StartUs = StartUs + 15_000_000 });

        Assert.Null(joined.Chunk!.Label);
        Assert.Equal($"overlaps {joined.Chunk.ChunkId} by 4.00 s", other.Chunk!.Label);
    }

    [Fact]
    public async Task Gaps_that_came_with_a_chunk_are_in_the_index_once()
    {
        await using var archive = OpenArchive();
        var header = Header(0) with { Gaps = [new GapEntry(StartUs - 5_000_000, StartUs, 240_000, "xrun"), new GapEntry(5, 4, 1, "xrun"), new GapEntry(1, 2, 3, "gremlins")] };
        await archive.SendAsync(OggChunk.Make(1), 0, header);
        await archive.SendAsync(OggChunk.Make(1), 0, header);
        var gap = Assert.Single(archive.Index.Read(c => c.Query<(long From, long To, long Frames, string Cause)>("SELECT from_us, to_us, frames, cause FROM gaps").AsList()));
        Assert.Equal((StartUs - 5_000_000, StartUs, 240_000, "xrun"), gap);
    }

    [Fact]
    public async Task A_backlog_does_not_replace_the_last_state_of_a_recorder()
    {
        await using var archive = OpenArchive();
        await archive.SendAsync(OggChunk.Make(1, seed: 1), 0, Header(100) with { State = "ok" });
        await archive.SendAsync(OggChunk.Make(1, seed: 2), 0, Header(0) with { State = "old" });
        var header = archive.Index.Read(c => c.QuerySingle<string>("SELECT last_header FROM recorders"));
        Assert.Contains("\"state\":\"ok\"", header, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_retention_removed_is_made_again()
    {
        await using var archive = OpenArchive();
        var first = await archive.SendAsync(OggChunk.Make(1, seed: 1), 0);
        Directory.Delete(Path.GetDirectoryName(_folder[first.Chunk!.Path])!, recursive: true);
        var second = await archive.SendAsync(OggChunk.Make(1, seed: 2), 1);
        Assert.True(File.Exists(_folder[second.Chunk!.Path]));
    }

    [Fact]
    public async Task A_body_that_was_on_its_way_in_when_the_process_ended_is_cleared()
    {
        await using (var archive = OpenArchive()) File.WriteAllText(_folder["incoming/left.part"], "half");
        await using var again = OpenArchive();
        Assert.Empty(Directory.EnumerateFiles(_folder["incoming"]));
        Assert.True(again.Log.Has("incoming_cleared"));
    }

    [Fact]
    public async Task What_is_refused_again_and_again_is_noted_once_an_hour()
    {
        var time = new ManualTime();
        await using var archive = OpenArchive(time: time);
        for (var n = 0; n < 5; n++) Assert.Equal("Empty file", (await archive.SendAsync([], 0)).Refusal);
        Assert.Equal(1, archive.Index.Read(c => c.ExecuteScalar<int>("SELECT count(*) FROM refused")));
        time.Advance(TimeSpan.FromHours(1));
        await archive.SendAsync([], 0);
        Assert.Equal(2, archive.Index.Read(c => c.ExecuteScalar<int>("SELECT count(*) FROM refused")));
    }

    private static ChunkHeader Header(int afterSeconds) => new()
    {
        Recorder = "mic1", Run = Guid.NewGuid(), Number = 0, FirstFrame = 0, Frames = 48_000, RateHz = 48_000, StartUs = StartUs + afterSeconds * 1_000_000L,
    };

    private OpenedArchive OpenArchive(StoreOptions? options = null, TimeProvider? time = null)
    {
        var log = new TestLog();
        var index = ArchiveIndex.Open(_folder.Path);
        return new OpenedArchive(index, ArchiveStore.Open(_folder.Path, index, time ?? TimeProvider.System, log, options), log);
    }

    private sealed record OpenedArchive(ArchiveIndex Index, ArchiveStore Store, TestLog Log) : IAsyncDisposable
    {
        public async Task<Admission> SendAsync(byte[] bytes, int minute, ChunkHeader? header = null, bool leaveBody = false)
        {
            var file = Store.Receive();
            file.Append(bytes);
            var said = new IncomingChunk { RecorderId = "mic1", PointId = "p", RegisterId = "r", StartUs = StartUs + minute * 60_000_000L, Codec = "opus", Header = header };
            var admission = await Store.AdmitAsync(file, said);
            if (!leaveBody || admission.Outcome == AdmissionOutcome.Stored) file.Dispose(); // a killed process disposes nothing
            return admission;
        }

        public List<ChunkRow> Rows() => Index.Read(c => c.Query<ChunkRow>("SELECT * FROM chunks").AsList());

        public async ValueTask DisposeAsync()
        {
            await Store.DisposeAsync();
            Index.Dispose();
        }
    }
}
