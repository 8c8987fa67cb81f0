using Chorale.Archive.Check;
using Chorale.Archive.Copies;
using Chorale.Archive.Examine;
using Chorale.Archive.Store;
using Chorale.Audio.Files;
using Chorale.Protocol;
using Chorale.Tests.Hub;

namespace Chorale.Tests.Live;

/// <summary>The second copy: what the hub holds of a chunk that has not come, what becomes of it, and that a chunk and its copy are one.</summary>
public sealed class LiveCopyTests
{
    /// <summary>Ten times what is promised.</summary>
    private const double LagMsMax = 10_000;

    private static readonly Guid Run = new("11111111-2222-3333-4444-555555555555");
    private static readonly long Start = WallTime.ToMicroseconds(DateTimeOffset.Parse("2026-01-05T10:00:00Z", System.Globalization.CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("opus")]
    [InlineData("wav")]
    public async Task A_second_copy_is_less_than_a_second_behind_and_goes_when_its_chunk_has_come(string codec)
    {
        await using var rig = await LiveRig.StartAsync(settings: ["upload.live=always", $"recording.codec={codec}"]);
        await Wait.Until("a copy is held", async () => (await rig.HeldAsync()).Count > 0);
        await Wait.Until("the copy follows the recording", async () => (await rig.LineAsync()) is { } line && line.GetProperty("copy").GetBoolean()
            && line.GetProperty("live_lag_ms").ValueKind != System.Text.Json.JsonValueKind.Null && line.GetProperty("live_lag_ms").GetInt64() is > -500 and < (long)LagMsMax);
        Assert.Equal(codec == "opus" ? null : "wav", (await rig.HeldAsync())[0].GetProperty("of").GetString());
        await Wait.Until("some chunks have come", () => rig.Hub.Chunks().Count >= 3);
        await rig.StopRecorderAsync();
        await Wait.Until("no copy is held any more", async () => (await rig.HeldAsync()).Count == 0);
        Assert.Empty(Directory.GetFiles(Path.Combine(rig.Hub.Host.Store.Folder, CopyFolder.Folder), "*", SearchOption.AllDirectories));
        Assert.All(rig.Hub.Chunks(), c => Assert.Null(c.Label));
    }

    [Fact]
    public async Task What_the_hub_holds_of_a_chunk_are_the_first_bytes_of_the_very_file()
    {
        await using var rig = await LiveRig.StartAsync(settings: ["upload.live=always", "recording.chunk_seconds=4"]);
        string[] Held() => Directory.GetFiles(Path.Combine(rig.Hub.Host.Store.Folder, CopyFolder.Folder), "*_1.ogg", SearchOption.AllDirectories);
        byte[] held = [];
        await Wait.Until("a second of the second chunk is held", () => Held() is [var path] && (held = File.ReadAllBytes(path)).Length > 4_000);
        await Wait.Until("it has come", () => rig.Hub.Chunks().Any(c => c.Number == 1));
        var chunk = rig.Hub.Stored(rig.Hub.Chunks().Single(c => c.Number == 1));
        Assert.True(chunk.AsSpan().StartsWith(held), "the copy is a beginning of the chunk");
    }

    [Fact]
    public async Task A_recorder_that_never_comes_back_leaves_a_labelled_chunk_and_its_late_upload_takes_the_place()
    {
        await using var hub = await TestHub.StartAsync();
        var token = hub.IssueDevice();
        var file = LiveSender.Chunk("mic1", Run, 0, 0, 8, Start);
        var pages = LiveSender.Pages(file);
        await using (var recorder = LiveSender.Open(hub.Url, "mic1", token))
        {
            foreach (var page in pages.Take(80)) await recorder.SendAsync(page);
            await Wait.Until("four seconds are held", () => Held(hub) is [{ Bytes: > 10_000 }]);
        } // and is dead

        var kept = await PostAsync(hub, "/api/v2/live/mic1/keep");
        Assert.Equal(200, kept);
        var copy = Assert.Single(hub.Chunks());
        Assert.StartsWith("live copy: kept by an operator", copy.Label, StringComparison.Ordinal);
        Assert.Equal((Run.ToString(), 0, "opus"), (copy.RunId, copy.Number, copy.Codec));
        Assert.InRange(copy.Frames, 4 * 48_000, 5 * 48_000);
        Assert.Equal(ChunkCondition.Intact, ChunkFiles.Inspect(Path.Combine(hub.Host.Store.Folder, copy.Path)).Condition);
        Assert.Empty(Held(hub));
        Assert.True(Check(hub).IsSound);

        var late = await AdmitAsync(hub, file);
        Assert.Equal(AdmissionOutcome.Stored, late.Outcome);
        var chunk = Assert.Single(hub.Chunks());
        Assert.Null(chunk.Label);
        Assert.Equal(8 * 48_000, chunk.Frames);
        await Wait.Until("the copy's file is gone", () => !File.Exists(Path.Combine(hub.Host.Store.Folder, copy.Path)));
        Assert.Equal(AdmissionOutcome.Duplicate, (await AdmitAsync(hub, file)).Outcome);
        Assert.True(Check(hub).IsSound);
        var totals = hub.Host.Index.Read(c => Dapper.SqlMapper.QuerySingle<(long Chunks, long Us)>(c, "SELECT chunks, covered_us FROM totals"));
        Assert.Equal((1, 8_000_000), totals);
    }

    [Fact]
    public async Task A_whole_copy_has_the_bytes_of_the_chunk_and_gives_way_all_the_same()
    {
        await using var hub = await TestHub.StartAsync();
        var file = LiveSender.Chunk("mic1", Run, 3, 0, 2, Start);
        await using (var recorder = LiveSender.Open(hub.Url, "mic1", hub.IssueDevice()))
        {
            await recorder.SendAsync(file);
            await Wait.Until("all of it is held", () => Held(hub) is [{ } h] && h.Bytes == file.Length);
        }

        await PostAsync(hub, "/api/v2/live/mic1/keep");
        Assert.NotNull(Assert.Single(hub.Chunks()).Label);
        await AdmitAsync(hub, file);
        Assert.Null(Assert.Single(hub.Chunks()).Label);
    }

    [Fact]
    public async Task A_copy_that_comes_to_the_archive_after_its_chunk_is_dropped()
    {
        await using var hub = await TestHub.StartAsync();
        var file = LiveSender.Chunk("mic1", Run, 0, 0, 2, Start);
        await AdmitAsync(hub, file);
        using var copy = hub.Host.Store.Receive();
        copy.Append(file);
        var admission = await hub.Host.Store.AdmitAsync(copy, Said with { IsLiveCopy = true, Remark = "live copy: of a test" });
        Assert.Equal(AdmissionOutcome.Duplicate, admission.Outcome);
        Assert.Null(Assert.Single(hub.Chunks()).Label);
        Assert.True(Check(hub).IsSound);
    }

    [Fact]
    public async Task A_hub_that_was_killed_holds_what_it_had_and_goes_on_where_its_recorder_is()
    {
        using var folder = new TempFolder();
        var file = LiveSender.Chunk("mic1", Run, 0, 0, 4, Start);
        var pages = LiveSender.Pages(file);
        string token;
        await using (var first = await TestHub.StartAsync(folder: folder))
        {
            token = first.IssueDevice();
            await using var recorder = LiveSender.Open(first.Url, "mic1", token);
            foreach (var page in pages.Take(20)) await recorder.SendAsync(page);
            await Wait.Until("they are held", () => Held(first) is [{ } h] && h.Bytes == pages.Take(20).Sum(p => p.Length));
        }

        // What a power cut leaves behind the last sync: part of a page.
        var path = Assert.Single(Directory.GetFiles(Path.Combine(folder.Path, CopyFolder.Folder), "*.ogg", SearchOption.AllDirectories));
        using (var torn = File.Open(path, FileMode.Append)) torn.Write(pages[20].AsSpan(0, 50));
        await using var hub = await TestHub.StartAsync(folder: folder);
        Assert.Equal(pages.Take(20).Sum(p => p.Length), Assert.Single(Held(hub)).Bytes);
        await using var again = LiveSender.Open(hub.Url, "mic1", token);
        foreach (var page in pages) await again.SendAsync(page); // a recorder begins at the start of the open chunk
        await Wait.Until("the copy is whole", () => Held(hub) is [{ } h] && h.Bytes == file.Length);
        Assert.Equal(file, File.ReadAllBytes(path));
    }

    [Fact]
    public async Task A_copy_becomes_a_chunk_by_itself_when_its_chunk_does_not_come()
    {
        using var folder = new TempFolder();
        var file = LiveSender.Chunk("mic1", Run, 0, 0, 2, Start);
        await using (var hub = await TestHub.StartAsync(folder: folder))
        {
            await using var recorder = LiveSender.Open(hub.Url, "mic1", hub.IssueDevice());
            await recorder.SendAsync(file);
            await Wait.Until("it is held", () => Held(hub).Count == 1);
        }

        var path = Assert.Single(Directory.GetFiles(Path.Combine(folder.Path, CopyFolder.Folder), "*.ogg", SearchOption.AllDirectories));
        File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-25));
        await File.WriteAllTextAsync(path + ".finished", "the power went in the middle of this");
        await using var later = await TestHub.StartAsync(folder: folder);
        later.Host.LiveCopies.Tidy();
        Assert.Contains("its chunk has not come since", Assert.Single(later.Chunks()).Label, StringComparison.Ordinal);
        Assert.Equal(TestHub.Point, later.Chunks()[0].Path.Split('/')[1]);
        Assert.Empty(Held(later));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public async Task Several_who_keep_the_same_copy_at_once_keep_it_once()
    {
        await using var hub = await TestHub.StartAsync();
        await using var recorder = LiveSender.Open(hub.Url, "mic1", hub.IssueDevice());
        await recorder.SendAsync(LiveSender.Chunk("mic1", Run, 0, 0, 2, Start));
        await Wait.Until("it is held", () => Held(hub).Count == 1);
        var kept = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => hub.Host.LiveCopies.KeepAsync(TestHub.DeviceId, "wanted", null, null)));
        Assert.Single(kept.SelectMany(k => k));
        Assert.StartsWith("live copy: wanted", Assert.Single(hub.Chunks()).Label, StringComparison.Ordinal);
        Assert.False(hub.Log.Has("live_copy_failed"));
    }

    [Fact]
    public async Task An_index_made_anew_knows_which_files_are_copies()
    {
        using var folder = new TempFolder();
        await using (var hub = await TestHub.StartAsync(folder: folder))
        {
            await using var recorder = LiveSender.Open(hub.Url, "mic1", hub.IssueDevice());
            await recorder.SendAsync(LiveSender.Chunk("mic1", Run, 0, 0, 2, Start));
            await Wait.Until("it is held", () => Held(hub).Count == 1);
            await PostAsync(hub, "/api/v2/live/mic1/keep");
        }

        foreach (var index in Directory.GetFiles(folder.Path, "archive.db*")) File.Delete(index);
        await using var again = await TestHub.StartAsync(folder: folder);
        new ArchiveCheck(again.Host.Index, again.Host.Store.Folder, [new KnownSender(TestHub.DeviceId, TestHub.Point, TestHub.Register)]).Run(true, true, null, CancellationToken.None);
        var row = Assert.Single(again.Chunks());
        Assert.StartsWith("live copy:", row.Label, StringComparison.Ordinal);
        Assert.Equal(TestHub.DeviceId, row.RecorderId);
        await AdmitAsync(again, LiveSender.Chunk("mic1", Run, 0, 0, 2, Start));
        Assert.Null(Assert.Single(again.Chunks()).Label);
    }

    [Fact]
    public async Task Copies_keep_within_their_room_the_oldest_go_first()
    {
        await using var hub = await TestHub.StartAsync(s => s with { LiveBytesMax = 20_000 });
        await using var recorder = LiveSender.Open(hub.Url, "mic1", hub.IssueDevice());
        for (var number = 0; number < 4; number++)
        {
            await recorder.SendAsync(LiveSender.Chunk("mic1", Run, number, number * 96_000, 2, Start + number * 2_000_000));
            var count = number + 1;
            await Wait.Until("it is held", () => Held(hub).Count == count);
        }

        hub.Host.LiveCopies.Tidy();
        var held = Held(hub).OrderBy(h => h.Place.Number).ToList();
        Assert.InRange(held.Sum(h => h.Bytes), 1, 20_000);
        Assert.Equal(3, held[^1].Place.Number);
        Assert.True(hub.Log.Has("live_copy_dropped"));
    }

    private static readonly IncomingChunk Said = new() { RecorderId = TestHub.DeviceId, PointId = TestHub.Point, RegisterId = TestHub.Register, StartUs = Start };

    private static List<HeldCopyView> Held(TestHub hub) => [.. hub.Host.LiveCopies.All];

    private static CheckReport Check(TestHub hub) => new ArchiveCheck(hub.Host.Index, hub.Host.Store.Folder, []).Run(true, false, null, CancellationToken.None);

    private static async Task<Admission> AdmitAsync(TestHub hub, byte[] file)
    {
        using var incoming = hub.Host.Store.Receive();
        incoming.Append(file);
        return await hub.Host.Store.AdmitAsync(incoming, Said);
    }

    private static async Task<int> PostAsync(TestHub hub, string path)
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsync(new Uri(hub.Url, path), null);
        return (int)answer.StatusCode;
    }
}
