using Chorale.Archive.Index;
using Chorale.Protocol.Chunks;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>Long work of the hub that is cancelled on the page while it runs: it ends, says so, and leaves nothing half done.</summary>
public sealed class JobCancelPageTests : PageOfHub
{
    private readonly TempFolder _files = new();

    private string Store => Hub.Host.Store.Folder;

    public override async ValueTask DisposeAsync()
    {
        using var files = _files;
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_check_that_runs_is_cancelled_and_the_next_one_reads_everything()
    {
        const int chunks = 40;
        AddLargeChunks(chunks);
        var page = await OpenAsync();
        await CancelAsSoonAsAsync(page, "check", "running");
        await page.Locator("#check-begin").ClickAsync();
        var card = page.Locator("#jobs [data-kind=check]");
        await Assertions.Expect(card).ToHaveAttributeAsync("data-state", "cancelled");
        await Assertions.Expect(page.Locator("#work")).ToHaveCountAsync(0);
        await Assertions.Expect(card.Locator("[data-name=download]")).ToHaveCountAsync(0);
        await NothingIsLeftOfAsync((await card.GetAttributeAsync("data-job"))!);
        Assert.Equal(chunks, Rows());
        await Browser.ShotAsync(page, "jobs-check-cancelled", isWhole: true);
        await card.Locator("[data-name=forget]").ClickAsync();
        await Assertions.Expect(card).ToHaveCountAsync(0);
        await page.Locator("#check-quick").CheckAsync(); // sizes alone: it is the next one that matters, not the content
        await page.Locator("#check-begin").ClickAsync();
        await Assertions.Expect(card).ToHaveAttributeAsync("data-state", "done");
        await Assertions.Expect(card).ToContainTextAsync($"{chunks} files");
    }

    [Fact]
    public async Task An_import_that_runs_is_cancelled_and_each_of_its_files_is_in_the_archive_as_a_whole_or_not_at_all()
    {
        const int files = 300;
        var paths = Enumerable.Range(0, files).Select(n => (Path: _files[$"chunk_20260105_{10 + n / 60:00}{n % 60:00}00.ogg"], n)).ToList();
        foreach (var (path, n) in paths) await File.WriteAllBytesAsync(path, OggChunk.Make(2, seed: n + 1), TestContext.Current.CancellationToken);
        var page = await OpenAsync();
        await CancelAsSoonAsAsync(page, "import", "running");
        await BeginImportAsync(page, paths.Select(p => p.Path));
        var card = page.Locator("#jobs [data-kind=import]");
        await Assertions.Expect(card).ToHaveAttributeAsync("data-state", "cancelled");
        await Assertions.Expect(page.Locator("#work")).ToHaveCountAsync(0);
        await Browser.ShotAsync(page, "jobs-import-cancelled", isWhole: true);
        await NothingIsLeftOfAsync((await card.GetAttributeAsync("data-job"))!);
        Assert.InRange(Rows(), 0, files - 1);
        Assert.Equal(Rows(), Directory.GetFiles(Path.Combine(Store, "audio"), "*", SearchOption.AllDirectories).Length);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(Store, "incoming")));
        await page.Locator("#check-begin").ClickAsync();
        await Assertions.Expect(page.Locator("#jobs [data-kind=check]")).ToHaveAttributeAsync("data-state", "done");
        await Assertions.Expect(page.Locator("#jobs [data-kind=check] [data-finding]")).ToHaveCountAsync(0);

        // The same files again: what was taken is known, the rest is taken.
        await card.Locator("[data-name=forget]").ClickAsync();
        await BeginImportAsync(page, paths.Select(p => p.Path));
        await Assertions.Expect(page.Locator("#jobs [data-kind=import]")).ToHaveAttributeAsync("data-state", "done");
        Assert.Equal(files, Rows());
    }

    [Fact]
    public async Task An_import_whose_files_are_still_coming_is_cancelled_and_nothing_of_them_is_left()
    {
        var paths = Enumerable.Range(0, 2).Select(n => _files[$"chunk_20260105_10000{n}.ogg"]).ToList();
        for (var n = 0; n < paths.Count; n++) await File.WriteAllBytesAsync(paths[n], OggChunk.Make(1_200, seed: n + 1), TestContext.Current.CancellationToken);
        var page = await OpenAsync();
        var cancelled = new TaskCompletionSource();
        await page.RouteAsync("**/files/1", async route =>
        {
            await cancelled.Task; // the line is slow
            await route.AbortAsync();
        });
        await BeginImportAsync(page, paths);
        var card = page.Locator("#jobs [data-kind=import]");
        await Assertions.Expect(card).ToHaveAttributeAsync("data-state", "waiting");
        await Assertions.Expect(card).ToContainTextAsync("received");
        using (Browser.ExpectLosses())
        {
            await card.Locator("[data-name=cancel]").ClickAsync();
            await Assertions.Expect(card).ToHaveAttributeAsync("data-state", "cancelled");
            await Assertions.Expect(card.Locator("[data-name=forget]")).ToBeEnabledAsync();
            cancelled.SetResult(); // the line breaks when the job has ended already: to cancel it for that must not forget it
        }

        await Wait.Until("nothing is left of what came", () => !Directory.EnumerateFiles(Path.Combine(Store, "incoming")).Any());
        await NothingIsLeftOfAsync((await card.GetAttributeAsync("data-job"))!);
        Assert.Equal(0, Rows());
    }

    private async Task<IPage> OpenAsync()
    {
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/jobs"));
        await Assertions.Expect(page.Locator("main")).ToHaveAttributeAsync("data-link", "live");
        return page;
    }

    /// <summary>Presses Cancel of a job in the page itself: a test's own hand may be slower than the job.</summary>
    private static async Task CancelAsSoonAsAsync(IPage page, string kind, string state) => await page.EvaluateAsync("""
        ([kind, state]) => { const look = new MutationObserver(() => {
          const cancel = document.querySelector(`#jobs [data-kind=${kind}][data-state=${state}] [data-name=cancel]`);
          if (cancel) { look.disconnect(); cancel.click(); }
        }); look.observe(document.body, { subtree: true, childList: true, attributes: true }); }
        """, new[] { kind, state });

    private static async Task BeginImportAsync(IPage page, IEnumerable<string> paths)
    {
        await page.Locator("#import-recorder").FillAsync("visitor");
        await page.Locator("#import-files").SetInputFilesAsync(paths);
        await page.Locator("#import-begin").ClickAsync();
    }

    /// <summary>What is kept of a job is that it was.</summary>
    private Task NothingIsLeftOfAsync(string job) =>
        Wait.Until("nothing but the word that it was is left of the job", () => Directory.GetFiles(Path.Combine(Store, "jobs", job)).All(f => Path.GetFileName(f) == "job.json"));

    private long Rows() => Hub.Host.Index.Read(c => Dapper.SqlMapper.ExecuteScalar<long>(c, "SELECT count(*) FROM chunks"));

    /// <summary>Files of 64 MB that take no room on the disk and some seconds to read.</summary>
    private void AddLargeChunks(int count) => Hub.Host.Index.Write((c, t) =>
    {
        const long bytes = 64 << 20;
        Directory.CreateDirectory(Path.Combine(Store, "audio"));
        RecorderSql.Seen(c, t, new RecorderSeen("hall", null, null, null, 0, null, 0));
        for (var n = 0; n < count; n++)
        {
            using (var file = File.Create(Path.Combine(Store, "audio", $"c{n}.ogg"))) file.SetLength(bytes);
            ChunkSql.Insert(c, t, new ChunkRow
            {
                ChunkId = $"c{n}", RecorderId = "hall", Frames = 60 * 48_000, RateHz = 48_000, Channels = 1, Codec = "opus", StartUs = n * 60_000_000L, EndUs = (n + 1) * 60_000_000L,
                Path = $"audio/c{n}.ogg", SizeBytes = bytes, Sha256 = "", ReceivedUs = n,
            });
        }
    });
}
