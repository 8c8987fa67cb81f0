using System.IO.Pipelines;
using System.Net.ServerSentEvents;
using Chorale.Hub.Jobs;
using Chorale.Hub.Live;

namespace Chorale.Tests.Jobs;

/// <summary>The order of jobs, how they end, and what is left of them.</summary>
public sealed class JobDeskTests : IAsyncLifetime
{
    private const long Floor = 1_000_000_000;
    private readonly TempFolder _folder = new();
    private readonly TestLog _log = new();
    private readonly LiveEvents _live = new(TimeProvider.System);
    private long _free = 100_000_000_000;
    private JobDesk _desk = null!;

    public ValueTask InitializeAsync()
    {
        _desk = Open();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _desk.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Two_run_at_once_and_the_others_wait_in_the_order_of_their_coming()
    {
        var works = Enumerable.Range(0, 4).Select(_ => new Gate()).ToList();
        for (var i = 0; i < 4; i++) _desk.Post($"j{i}", "{}", "me", () => works[i]);
        await Wait.Until("two run", () => works.Count(w => w.HasBegun) == 2);
        Assert.Equal([JobState.Running, JobState.Running, JobState.Waiting, JobState.Waiting], States(4));
        works[1].Open();
        await Wait.Until("the third has its turn", () => works[2].HasBegun);
        Assert.False(works[3].HasBegun);
        await _desk.DeleteAsync("j3");
        works[0].Open();
        works[2].Open();
        await Wait.Until("all have ended", () => States(4).SequenceEqual([JobState.Done, JobState.Done, JobState.Done, JobState.Cancelled]));
        Assert.False(works[3].HasBegun);
    }

    [Fact]
    public async Task Cancelled_in_the_middle_it_ends_at_once_and_leaves_no_file()
    {
        var work = new Gate();
        _desk.Post("j", "{}", "me", () => work);
        await Wait.Until("it writes", () => File.Exists(Path.Combine(_folder["jobs"], "j", "result.part")));
        Assert.Equal(JobState.Cancelled, (await _desk.DeleteAsync("j"))!.State);
        Assert.Equal(["job.json"], Directory.GetFiles(Path.Combine(_folder["jobs"], "j")).Select(Path.GetFileName));
        Assert.Null(_desk.FileOf("j"));
        Assert.Equal(JobState.Cancelled, (await _desk.DeleteAsync("j", isOpenOnly: true))!.State); // a second press that came late takes nothing away
        Assert.NotNull(_desk.Find("j"));
        Assert.Null(await _desk.DeleteAsync("j")); // and now it is forgotten
        Assert.Empty(Directory.GetDirectories(_folder["jobs"]));
    }

    [Fact]
    public async Task A_cancel_that_comes_when_it_is_done_leaves_what_was_made()
    {
        var work = new Gate();
        _desk.Post("j", "{}", "me", () => work);
        work.Open();
        await Wait.Until("it is done", () => _desk.Find("j")!.State == JobState.Done);
        Assert.Equal(JobState.Done, (await _desk.DeleteAsync("j", isOpenOnly: true))!.State);
        Assert.NotNull(_desk.FileOf("j"));
    }

    [Fact]
    public void The_same_id_is_the_same_job_and_another_request_under_it_is_refused()
    {
        var made = 0;
        Gate Make()
        {
            made++;
            return new Gate();
        }

        Assert.Equal(JobRefusal.None, _desk.Post("j", "a", "me", Make).Refusal);
        Assert.Equal(JobRefusal.None, _desk.Post("j", "a", "me", Make).Refusal);
        Assert.Equal(JobRefusal.OtherRequest, _desk.Post("j", "b", "me", Make).Refusal);
        Assert.Equal(1, made);
        Assert.Throws<ArgumentException>(() => _desk.Post("../j", "a", "me", Make));
    }

    [Fact]
    public async Task What_a_stopped_hub_was_doing_is_said_by_the_next_one_and_its_halves_are_gone()
    {
        var done = new Gate();
        _desk.Post("done", "{}", "me", () => done);
        done.Open();
        await Wait.Until("one is done", () => _desk.Find("done")!.State == JobState.Done);
        _desk.Post("running", "{}", "me", () => new Gate());
        _desk.Post("held", "{}", "me", () => new Gate(), isHeld: true);
        await Wait.Until("it writes", () => File.Exists(Path.Combine(_folder["jobs"], "running", "result.part")));
        // A copy taken now is what a kill leaves.
        using var killed = new TempFolder();
        foreach (var file in Directory.GetFiles(_folder["jobs"], "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(killed.Path, Path.GetRelativePath(_folder.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            using var cp = System.Diagnostics.Process.Start("cp", [file, copy]); // the file is locked, for programs that ask
            await cp.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, cp.ExitCode);
        }

        Directory.CreateDirectory(killed["jobs/unreadable"]);
        foreach (var folder in new[] { killed.Path, _folder.Path })
        {
            if (folder == _folder.Path) await _desk.DisposeAsync(); // an orderly stop says the same
            var next = Open(folder);
            Assert.Equal([JobState.Done, JobState.Failed, JobState.Failed], new[] { "done", "running", "held" }.Select(id => next.Find(id)!.State));
            Assert.Equal(JobDesk.EndedByRestart, next.Find("running")!.Problem);
            Assert.Equal("result"u8.ToArray(), File.ReadAllBytes(next.FileOf("done")!.Value.Path));
            Assert.Equal(["job.json"], Directory.GetFiles(Path.Combine(folder, "jobs", "running")).Select(Path.GetFileName));
            await next.DisposeAsync();
        }

        Assert.False(Directory.Exists(killed["jobs/unreadable"]));
        _desk = Open();
    }

    [Fact]
    public async Task What_has_no_room_is_not_begun_and_the_floor_ends_what_outgrows_its_estimate()
    {
        _free = Floor + 5_000_000_000;
        var refused = _desk.Post("large", "{}", "me", () => new Gate { EstimatedBytes = 5_100_000_000 });
        Assert.Equal(JobRefusal.NoRoom, refused.Refusal);
        Assert.Contains("it needs about 5.1 GB, 6.0 GB are free", refused.Why);
        Assert.Contains("1.0 GB are to stay free", refused.Why);
        Assert.Null(_desk.Find("large"));
        Assert.Equal(JobRefusal.None, _desk.Post("first", "{}", "me", () => new Gate { EstimatedBytes = 3_000_000_000 }).Refusal);
        Assert.Contains("of which other jobs need 3.0 GB", _desk.Post("second", "{}", "me", () => new Gate { EstimatedBytes = 3_000_000_000 }).Why);

        var greedy = new Gate { Bytes = 20 << 20 };
        _desk.Post("greedy", "{}", "me", () => greedy);
        await Wait.Until("it runs", () => greedy.HasBegun);
        _free = Floor - 1;
        greedy.Open();
        await Wait.Until("it has ended", () => _desk.Find("greedy")!.State == JobState.Failed);
        Assert.Contains("the disk has filled up", _desk.Find("greedy")!.Problem);
        Assert.Equal(["job.json"], Directory.GetFiles(Path.Combine(_folder["jobs"], "greedy")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task However_often_it_reports_pages_are_told_five_times_a_second_at_most_and_always_of_its_end()
    {
        var told = new List<SseItem<string>>();
        using var stop = new CancellationTokenSource();
        var line = new Pipe();
        var writing = _live.WriteAsync(line.Writer, null, () => new object(), stop.Token);
        var listening = Task.Run(async () =>
        {
            await foreach (var item in SseParser.Create(line.Reader.AsStream()).EnumerateAsync(stop.Token)) lock (told) told.Add(item);
        }, TestContext.Current.CancellationToken);
        await Wait.Until("the page listens", () => { lock (told) return told.Count > 0; });
        var began = System.Diagnostics.Stopwatch.StartNew();
        var work = new Gate { Reports = 200_000 };
        _desk.Post("j", "{}", "me", () => work);
        work.Open();
        await Wait.Until("its end was told", () => { lock (told) return told.Exists(t => t.EventType == "job" && t.Data!.Contains("\"done\"", StringComparison.Ordinal) && t.Data.Contains("\"state\":\"done\"", StringComparison.Ordinal)); });
        // Begun, running and ended are told besides.
        lock (told) Assert.InRange(told.Count(t => t.EventType == "job"), 3, 3 + 1 + (int)(began.Elapsed.TotalSeconds * 5));
        await stop.CancelAsync();
        await Task.WhenAll(writing, listening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    [Fact]
    public async Task A_page_that_opens_while_a_job_is_planned_is_told_everything_at_once()
    {
        using var stop = new CancellationTokenSource();
        using var told = new ManualResetEventSlim();
        var line = new Pipe();
        var writing = Task.CompletedTask;
        var work = new Gate();
        var isTold = false;
        _desk.Post("j", "{}", "me", () =>
        {
            writing = Task.Run(() => _live.WriteAsync(line.Writer, null, () =>
            {
                var all = _desk.All;
                told.Set();
                return all;
            }, stop.Token));
            isTold = told.Wait(TimeSpan.FromSeconds(20));
            return work;
        });
        Assert.True(isTold, "the page waited for the plan of a job");
        work.Open();
        await Wait.Until("it is done", () => _desk.Find("j")!.State == JobState.Done);
        Assert.Equal("j", Assert.Single(_desk.All).Id);
        await stop.CancelAsync();
        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    [Fact]
    public async Task A_result_is_kept_for_a_day()
    {
        using var folder = new TempFolder();
        var time = new ManualTime(new DateTimeOffset(2026, 1, 5, 10, 0, 0, TimeSpan.Zero));
        await using var desk = JobDesk.Open(folder.Path, Floor, _ => _free, new LiveEvents(time), time, _log);
        var work = new Gate();
        desk.Post("j", "{}", "me", () => work);
        work.Open();
        await Wait.Until("it is done", () => desk.FileOf("j") is not null);
        time.Advance(TimeSpan.FromHours(23));
        Assert.NotNull(desk.FileOf("j"));
        time.Advance(TimeSpan.FromHours(1.1));
        await Wait.Until("it is gone", () => desk.Find("j") is null);
        Assert.Empty(Directory.GetDirectories(folder["jobs"]));
    }

    private JobDesk Open(string? folder = null) => JobDesk.Open(folder ?? _folder.Path, Floor, _ => _free, _live, TimeProvider.System, _log);

    private IEnumerable<JobState> States(int count) => Enumerable.Range(0, count).Select(i => _desk.Find($"j{i}")!.State);

    /// <summary>Work that begins a file and goes on when it is let.</summary>
    private sealed class Gate : IJobWork
    {
        private readonly ManualResetEventSlim _open = new();
        private volatile bool _hasBegun;

        public bool HasBegun => _hasBegun;

        public int Bytes { get; init; }

        public int Reports { get; init; }

        public JobKind Kind => JobKind.Export;

        public JobSubject Subject { get; } = new();

        public string Unit => "frames";

        public long? Total => 1000;

        public int? RateHz => 48_000;

        public long EstimatedBytes { get; init; }

        public void Open() => _open.Set();

        public void Run(JobRun run, CancellationToken cancel)
        {
            using var output = run.CreateFile();
            output.Write("result"u8);
            _hasBegun = true;
            _open.Wait(cancel);
            for (var i = 0; i < Reports; i++) run.Report(i * 1000L / Reports, i);
            for (var written = 0; written < Bytes; written += 1 << 20) output.Write(new byte[1 << 20]);
            run.Complete(output, "result.bin", "application/octet-stream");
        }

        public void Dispose()
        {
        }
    }
}
