using System.Collections.Concurrent;
using Chorale.Recorder.Spool;
using Chorale.Recorder.Upload;
using Chorale.Storage;
using Chorale.Tests.Spool;
using Microsoft.AspNetCore.Http;

namespace Chorale.Tests.Upload;

/// <summary>The loop over a real spool, against a real server on loopback or a sink that the test holds in its hand.</summary>
[Collection(MeasuredMemory.Name)]
public sealed class UploadLoopTests : IAsyncDisposable
{
    private static readonly RetryOptions Quick = new(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(40));
    private readonly TestLog _log = new();
    private readonly CancellationTokenSource _stopping = new();
    private SpoolRig _rig = new();
    private UploadLoop? _loop;
    private Task _running = Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _rig.Dispose();
        _stopping.Dispose();
        Assert.DoesNotContain(_log.Lines, l => l.Text.Contains("secret-token"));
    }

    [Fact]
    public async Task A_server_that_is_gone_at_the_start_gets_everything_in_order_once_it_comes()
    {
        int port;
        await using (var gone = await ScriptedIngest.StartAsync()) port = gone.Port;
        Record(5);
        Start($"http://127.0.0.1:{port}");
        await Wait.Until("it has tried in vain", () => Status.ErrorsTotal >= 8);
        Assert.Equal((0, 5), (Status.UploadedTotal, _rig.Store.Totals().ReadyChunks));

        await using var server = await ScriptedIngest.StartAsync(port);
        await Drained(5);
        Assert.Equal(Keys(5), server.StoredOrder);
        Assert.Equal((0, null), (Status.FailuresInRow, Status.LastError));
        Assert.True(_log.Has("upload_network_error") && _log.Has("upload_backoff") && _log.Has("upload_resumed") && _log.Has("upload_ok"));
        await Wait.Until("the files are out of the outbox", () => Directory.GetFiles(_rig.Uploaded).Length == 5); // each after its row
    }

    public static TheoryData<string> Faults => [.. FaultByName.Keys];

    private static readonly Dictionary<string, IngestAnswer> FaultByName = new()
    {
        ["401"] = Answers.Say(401, """{"detail":"Invalid or disabled device token"}"""),
        ["429 with Retry-After"] = Answers.Say(429, "{}", retryAfter: "0"),
        ["500"] = Answers.Say(500, """{"detail":"Failed to save chunk"}"""),
        ["HTML"] = Answers.Say(200, "<html>Welcome</html>", "text/html"),
        ["reset"] = Answers.ResetMidBody,
        ["hang"] = Answers.Hang,
        ["commit, but no reply"] = Answers.StoreButDropReply,
        ["redirect to a login page"] = Answers.Say(302, "", location: "/login"),
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task After_a_fault_the_same_chunk_goes_first_and_everything_arrives_once(string fault)
    {
        await using var server = await ScriptedIngest.StartAsync();
        server.Script.Enqueue(Answers.Store);
        server.Script.Enqueue(FaultByName[fault]);
        server.Script.Enqueue(FaultByName[fault]);
        Record(4);
        Start(server.Url);
        await Drained(4);
        Assert.Equal(Keys(4), server.StoredOrder);
        Assert.Equal(2, Status.ErrorsTotal);
        Assert.Equal(0, _rig.Store.Totals().QuarantinedChunks);
        Assert.Empty(Status.Alarms);
    }

    [Fact]
    public async Task Refused_credentials_raise_an_alarm_that_goes_away_by_itself()
    {
        await using var server = await ScriptedIngest.StartAsync();
        server.Default = Answers.Say(401, """{"detail":"Invalid or disabled device token"}""");
        Record(2);
        Start(server.Url);
        await Wait.Until("it was refused a few times", () => Status.ErrorsTotal >= 7);
        Assert.Equal(["upload_refused"], Status.Alarms);
        Assert.Single(_log.Lines, l => l.Event == "upload_refused");
        server.Default = Answers.Store;
        await Drained(2);
        Assert.Equal(Keys(2), server.StoredOrder);
        Assert.Empty(Status.Alarms);
    }

    [Theory]
    [InlineData(413)]
    [InlineData(422)]
    public async Task A_chunk_refused_for_good_is_set_aside_with_the_reason_and_the_next_one_goes(int status)
    {
        await using var server = await ScriptedIngest.StartAsync();
        server.Script.Enqueue(Answers.Say(status, """{"detail":"not this one"}"""));
        Record(3);
        Start(server.Url);
        await Wait.Until("the others are stored", () => Status.UploadedTotal == 2);
        Assert.Equal(Keys(3).Skip(1), server.StoredOrder);
        var totals = _rig.Store.Totals();
        Assert.Equal((0, 1, 1L), (totals.ReadyChunks, totals.QuarantinedChunks, Status.RejectedTotal));
        Assert.Single(Directory.GetFiles(_rig.Quarantine));
        Assert.Contains(_log.Lines, l => l.Event == "upload_rejected" && l.Text.Contains("not this one"));
    }

    [Fact]
    public async Task A_server_that_refuses_everything_for_good_does_not_sweep_the_spool_aside_at_once()
    {
        await using var server = await ScriptedIngest.StartAsync();
        server.Default = Answers.Say(422, """{"detail":"device_id does not match authenticated device"}""");
        Record(15);
        Start(server.Url, new RetryOptions(TimeSpan.FromHours(1), TimeSpan.FromHours(1)));
        await Wait.Until("it slows down", () => _log.Has("upload_backoff"));
        Assert.Equal((10, 5), (_rig.Store.Totals().QuarantinedChunks, _rig.Store.Totals().ReadyChunks));
        Assert.Equal(["uploads_rejected"], Status.Alarms);
    }

    [Fact]
    public async Task Retry_after_is_waited_for()
    {
        await using var server = await ScriptedIngest.StartAsync();
        server.Default = Answers.Say(429, "{}", retryAfter: "120");
        Record(1);
        Start(server.Url);
        await Wait.Until("it backs off", () => _log.Has("upload_backoff"));
        Assert.Equal("next attempt in 120.0 s", _log.Lines.Single(l => l.Event == "upload_backoff").Text);
    }

    [Fact]
    public async Task One_chunk_that_the_server_always_chokes_on_does_not_hold_up_the_rest()
    {
        await using var server = await ScriptedIngest.StartAsync();
        var poison = Keys(30)[3];
        server.Default = (s, http) => http.Request.Headers["Idempotency-Key"] == poison ? Answers.ResetMidBody(s, http) : Answers.Store(s, http);
        Record(30);
        Start(server.Url);
        await Wait.Until("all the others are stored", () => Status.UploadedTotal == 29);
        Assert.Equal(Keys(30).Where(k => k != poison), server.StoredOrder);
        await Wait.Until("the alarm is up", () => Status.Alarms.SequenceEqual(["upload_passed_over"]));
        Assert.Equal(1, _rig.Store.Totals().ReadyChunks);
    }

    [Fact]
    public async Task A_single_chunk_that_fails_is_tried_on_and_on()
    {
        await using var server = await ScriptedIngest.StartAsync();
        for (var i = 0; i < 12; i++) server.Script.Enqueue(Answers.Say(500, "{}"));
        Record(1);
        Start(server.Url);
        await Drained(1);
        Assert.Equal(12, Status.ErrorsTotal);
    }

    [Fact]
    public async Task A_file_that_vanished_does_not_end_the_loop()
    {
        await using var server = await ScriptedIngest.StartAsync();
        var chunks = Record(3);
        File.Delete(chunks[1].Path);
        Start(server.Url);
        await Wait.Until("the others are stored", () => Status.UploadedTotal == 2);
        Assert.Equal([Keys(3)[0], Keys(3)[2]], server.StoredOrder);
        Record(1, from: 3);
        await Wait.Until("a new one too", () => Advanced() && Status.UploadedTotal == 3);
        Assert.Equal(0, _rig.Store.Totals().ReadyChunks);
    }

    [Fact]
    public async Task An_exception_nobody_foresaw_does_not_end_the_loop()
    {
        var sink = new HandSink();
        sink.Answers.Enqueue(_ => throw new InvalidOperationException("surprise"));
        sink.Answers.Enqueue(_ => throw new FormatException("surprise too"));
        Record(2);
        Start(sink);
        await Drained(2);
        Assert.Equal([0, 0, 0, 1], sink.Sent.Select(c => c.Number));
        Assert.Contains(_log.Lines, l => l.Event == "upload_local_error" && l.Text.Contains("surprise"));
    }

    [Fact]
    public async Task A_disk_that_lets_nothing_be_moved_does_not_make_one_chunk_go_up_for_ever()
    {
        _rig.Dispose();
        var disk = new StuckDisk();
        _rig = new SpoolRig(disk);
        var sink = new HandSink();
        Record(3);
        disk.IsStuck = true;
        Start(sink);
        await Wait.Until("all are sent", () => sink.Sent.Count >= 3);
        Assert.Equal([0, 1, 2], sink.Sent.Select(c => c.Number));
        Assert.Equal(3, Status.UploadedTotal);
        disk.IsStuck = false;
    }

    [Fact]
    public async Task An_upload_under_way_at_the_stop_is_finished_and_the_next_one_not_begun()
    {
        var sink = new HandSink();
        var answer = new TaskCompletionSource<UploadResult>();
        sink.Answers.Enqueue(_ => answer.Task);
        Record(3);
        Start(sink);
        await Wait.Until("an upload is under way", () => sink.Sent.Count == 1);
        var stop = StopAsync();
        Assert.False(_running.IsCompleted);
        answer.SetResult(new UploadResult(UploadOutcome.Accepted, "stored"));
        await stop;
        Assert.Equal((1, 2), (_rig.Store.Totals().UploadedChunks, _rig.Store.Totals().ReadyChunks));
        Assert.Equal("uploading ended, 2 chunks wait", _log.Lines.Single(l => l.Event == "upload_stopped").Text);
    }

    [Fact]
    public async Task An_upload_that_hangs_at_the_stop_has_five_seconds()
    {
        var time = new ManualTime();
        var sink = new HandSink();
        sink.Answers.Enqueue(async token =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
            throw new InvalidOperationException("not reached");
        });
        Record(1);
        Start(sink, time: time);
        await Wait.Until("an upload is under way", () => sink.Sent.Count == 1);
        var stop = StopAsync();
        await time.TimerArmedAsync();
        time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(stop.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.2));
        await stop.WaitAsync(Wait.Patience);
        Assert.Equal(1, _rig.Store.Totals().ReadyChunks);
    }

    [Fact]
    public async Task A_stop_during_a_long_back_off_is_obeyed_at_once()
    {
        var sink = new HandSink();
        sink.Answers.Enqueue(_ => Task.FromResult(new UploadResult(UploadOutcome.Unavailable, "no", RetryAfter: TimeSpan.FromHours(1))));
        Record(1);
        Start(sink);
        await Wait.Until("it backs off", () => _log.Has("upload_backoff"));
        await StopAsync().WaitAsync(Wait.Patience);
    }

    [Fact]
    public async Task Ten_thousand_chunks_that_waited_drain_in_order_with_flat_memory()
    {
        const int Count = 10_000;
        RecordFast(Count);
        _rig.Reopen();
        var order = new ConcurrentQueue<string>();
        await using var server = await ScriptedIngest.StartAsync();
        server.Default = async (_, http) =>
        {
            await http.Request.Body.CopyToAsync(Stream.Null);
            order.Enqueue(http.Request.Headers["Idempotency-Key"]!);
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync("""{"status":"ok","chunk_id":"c"}""");
        };
        Start(server.Url);
        await Wait.Until("the first 2000 are stored", () => Status.UploadedTotal >= 2000, TimeSpan.FromMinutes(2));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await Wait.Until("all are stored", () => Status.UploadedTotal == Count, TimeSpan.FromMinutes(4));
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.Equal(Keys(Count), order);
        Assert.Equal(0, _rig.Store.Totals().ReadyChunks);

        // 8000 keys of this test's own are 1.5 MB; one leaked kilobyte per chunk would be 8 MB.
        Assert.True(grown < 6_000_000, $"memory grew by {grown} bytes over 8000 chunks");
        Assert.True(_log.Lines.Count(l => l.Event == "upload_ok") < Count / 10, "a draining backlog is told once a second, not once a chunk");
    }

    private UploadStatus Status => _loop!.Status;

    private List<string> Keys(int count) => [.. Enumerable.Range(0, count).Select(n => $"mic1/{_rig.Run}/{n}")];

    private List<SpoolChunk> Record(int count, int from = 0) => [.. Enumerable.Range(from, count).Select(n => _rig.Record(n, n * 800L, 800))];

    /// <summary>Files and rows as the spool leaves them, without a sync for each.</summary>
    private void RecordFast(int count)
    {
        var first = _rig.Record(0, 0, 80);
        var bytes = File.ReadAllBytes(first.Path);
        using var index = SpoolIndex.Open(_rig.Options.Index);
        using var transaction = index.Begin();
        for (var n = 1; n < count; n++)
        {
            var name = $"chunk_20260106_{n / 3600:00}{n / 60 % 60:00}{n % 60:00}.wav";
            File.WriteAllBytes(Path.Combine(_rig.Outbox, name), bytes);
            var chunk = first with { Id = new(SpoolNames.IdOf(_rig.Run, n)), Number = n, FirstFrame = n * 80L, Path = name };
            index.Insert(new ChunkRow(chunk, name, "own", null, chunk.StartAt));
        }

        transaction.Commit();
    }

    private void Start(string url, RetryOptions? retry = null) =>
        Start(new IngestSink(Ids.Options(url) with { Server = new ServerOptions(url) { ProgressTimeout = TimeSpan.FromSeconds(2) } }, TimeProvider.System, _log), retry);

    private void Start(IChunkSink sink, RetryOptions? retry = null, TimeProvider? time = null)
    {
        _loop = new UploadLoop(_rig.Store, sink, new RetrySchedule(retry ?? Quick, () => 0), time ?? TimeProvider.System, _log);
        _running = RunAsync(_loop, sink);
    }

    private async Task RunAsync(UploadLoop loop, IChunkSink sink)
    {
        await Task.Yield();
        using (sink) await loop.RunAsync(_stopping.Token);
    }

    private async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _running.WaitAsync(Wait.Patience);
    }

    private Task Drained(int count) => Wait.Until($"{count} chunks are stored", () => Status.UploadedTotal == count && _rig.Store.Totals().ReadyChunks == 0);

    /// <summary>The spool waits by the rig's own time: move it, so that an idle loop looks again.</summary>
    private bool Advanced()
    {
        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        return true;
    }

    private sealed class HandSink : IChunkSink
    {
        public ConcurrentQueue<Func<CancellationToken, Task<UploadResult>>> Answers { get; } = new();

        public ConcurrentQueue<SpoolChunk> Sent { get; } = new();

        public string Description => "hand";

        public Task<UploadResult> SendAsync(SpoolChunk chunk, CancellationToken stopping)
        {
            Sent.Enqueue(chunk);
            return Answers.TryDequeue(out var answer) ? answer(stopping) : Task.FromResult(new UploadResult(UploadOutcome.Accepted, "stored"));
        }

        public void Dispose()
        {
        }
    }

    private sealed class StuckDisk : DiskCalls
    {
        public bool IsStuck { get; set; }

        public override void Rename(string from, string to)
        {
            if (IsStuck) throw new IOException("Read-only file system");
            base.Rename(from, to);
        }
    }
}
