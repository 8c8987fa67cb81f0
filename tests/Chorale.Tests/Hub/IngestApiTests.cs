using System.Net.Sockets;
using Chorale.Hub.Access;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;

namespace Chorale.Tests.Hub;

public sealed class IngestApiTests
{
    [Fact]
    public async Task An_unchanged_recorder_agent_gets_exactly_the_200_it_counts()
    {
        await using var hub = await TestHub.StartAsync();
        var agent = new RecorderAgentClient(hub.IssueDevice());
        var file = OggChunk.Make(60);

        var reply = await RawHttp.SendAsync(hub.Url, agent.Request(file));

        Assert.Equal(200, reply.Status);
        Assert.StartsWith("application/json", reply.Headers["Content-Type"], StringComparison.Ordinal);
        var json = TestHub.Json(reply);
        var row = Assert.Single(hub.Chunks());
        Assert.Equal("ok", json.GetProperty("status").GetString());
        Assert.True(json.GetProperty("queued").GetBoolean());
        Assert.Equal(row.ChunkId, json.GetProperty("chunk_id").GetString());
        Assert.Equal($"audio/{TestHub.Point}/{TestHub.Register}/2026-01-05/10/chunk_20260105_100000_{row.ChunkId}.ogg", json.GetProperty("stored_path").GetString());
        Assert.Equal(file, hub.Stored(row));
        Assert.Equal("2026-01-05T10:00:00.000000Z", WallTime.ToText(row.StartUs));
        Assert.Equal(60_000_000, row.EndUs - row.StartUs);
        Assert.Null(row.Label);
    }

    [Fact]
    public async Task The_same_chunk_again_gets_the_same_200_also_after_a_restart()
    {
        using var folder = new TempFolder();
        var file = OggChunk.Make(5);
        string first;
        RecorderAgentClient agent;
        await using (var hub = await TestHub.StartAsync(folder: folder))
        {
            agent = new RecorderAgentClient(hub.IssueDevice());
            first = (await RawHttp.SendAsync(hub.Url, agent.Request(file))).Body;
            Assert.Equal(first, (await RawHttp.SendAsync(hub.Url, agent.Request(file))).Body);
        }

        await using var again = await TestHub.StartAsync(folder: folder);
        Assert.Equal(first, (await RawHttp.SendAsync(again.Url, agent.Request(file))).Body);
        Assert.Single(again.Chunks());
    }

    [Theory]
    [InlineData(null, "Missing Authorization header")]
    [InlineData("Basic abc", "Invalid authorization scheme")]
    [InlineData("Bearer", "Empty token")]
    [InlineData("Bearer ", "Empty token")]
    [InlineData("Bearer guess", "Invalid or disabled device token")]
    public async Task A_stranger_is_turned_away_before_a_byte_of_the_body(string? authorization, string detail)
    {
        await using var hub = await TestHub.StartAsync();
        var head = "POST /api/v1/chunks HTTP/1.1\nHost: hub\nContent-Length: 9000000000000\nContent-Type: multipart/form-data; boundary=x\n"
            + (authorization is null ? "" : $"Authorization: {authorization}\n") + "\n";
        var reply = await RawHttp.SendAsync(hub.Url, RawHttp.Text(head));
        Assert.Equal((401, $"{{\"detail\":\"{detail}\"}}", "Bearer"), (reply.Status, reply.Body, reply.Headers["WWW-Authenticate"]));
    }

    [Fact]
    public async Task A_body_announced_too_large_is_refused_before_it_is_sent()
    {
        await using var hub = await TestHub.StartAsync();
        var head = $"POST /api/v1/chunks HTTP/1.1\nHost: hub\nContent-Length: 20000000\nContent-Type: multipart/form-data; boundary=x\nAuthorization: Bearer {hub.IssueDevice()}\n\n";
        var reply = await RawHttp.SendAsync(hub.Url, RawHttp.Text(head));
        Assert.Equal((413, """{"detail":"File exceeds maximum size of 10485760 bytes"}"""), (reply.Status, reply.Body));
        Assert.Equal(["File exceeds maximum size of 10485760 bytes"], hub.Refused());
    }

    [Fact]
    public async Task A_body_that_grows_too_large_is_cut_off_and_leaves_nothing()
    {
        await using var hub = await TestHub.StartAsync(s => s with { ForeignUploadBytesMax = 100_000 });
        var reply = await RawHttp.SendAsync(hub.Url, new RecorderAgentClient(hub.IssueDevice()).Request(OggChunk.Make(60)));
        Assert.Equal((413, """{"detail":"File exceeds maximum size of 100000 bytes"}"""), (reply.Status, reply.Body));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(hub.Host.Store.Folder, "incoming")));
        Assert.Empty(hub.Chunks());
    }

    [Fact]
    public async Task What_is_wrong_with_a_chunk_is_said_in_the_words_of_the_contract()
    {
        await using var hub = await TestHub.StartAsync();
        var agent = new RecorderAgentClient(hub.IssueDevice());
        var file = OggChunk.Make(1);
        async Task<(int, string)> Send(RecorderAgentClient as_, byte[]? body = null, string start = "2026-01-05T10:00:00", string end = "2026-01-05T10:01:00")
        {
            var reply = await RawHttp.SendAsync(hub.Url, as_.Request(body ?? file, start, end));
            var detail = TestHub.Json(reply).GetProperty("detail");
            return (reply.Status, detail.ValueKind == System.Text.Json.JsonValueKind.String ? detail.GetString()!
                : string.Join("; ", detail.EnumerateArray().Select(e => $"{e.GetProperty("type")} {e.GetProperty("loc")[1]}")));
        }

        var other = "00000000-0000-0000-0000-00000000ffff";
        Assert.Equal((422, "device_id does not match authenticated device"), await Send(agent with { DeviceId = other }));
        Assert.Equal((422, "point_id or register_id does not match device registration"), await Send(agent with { Point = other }));
        Assert.Equal((422, "point_id or register_id does not match device registration"), await Send(agent with { Register = other }));
        Assert.Equal((422, "end_ts must be after start_ts"), await Send(agent, end: "2026-01-05T10:00:00"));
        Assert.Equal((422, "Empty file"), await Send(agent, body: []));
        Assert.Equal((422, "missing point_id"), await Send(agent with { Omit = "point_id" }));
        Assert.Equal((422, "missing chunk_file"), await Send(agent with { Omit = "chunk_file" }));
        Assert.Equal((422, "uuid_parsing point_id"), await Send(agent with { Point = "../../../etc" }));
        Assert.Equal((422, "datetime_parsing start_ts"), await Send(agent, start: "2024-02-30T25:00:00"));
        Assert.Equal((422, "datetime_parsing end_ts"), await Send(agent, end: ""));
        Assert.Empty(hub.Chunks());
        Assert.Equal(9, hub.Refused().Length); // wrong point and wrong register are one reason
        Assert.False(Directory.EnumerateFileSystemEntries(Path.Combine(hub.Host.Store.Folder, "audio")).Any());
    }

    [Fact]
    public async Task Times_without_a_zone_are_local_times_of_the_device()
    {
        await using var hub = await TestHub.StartAsync();
        var agent = new RecorderAgentClient(hub.IssueDevice(zone: "Europe/Berlin"));
        await RawHttp.SendAsync(hub.Url, agent.Request(OggChunk.Make(1, seed: 1), "2026-01-05T10:00:00", "2026-01-05T10:01:00"));
        await RawHttp.SendAsync(hub.Url, agent.Request(OggChunk.Make(1, seed: 2), "2026-07-05T10:00:00", "2026-07-05T10:01:00"));
        await RawHttp.SendAsync(hub.Url, agent.Request(OggChunk.Make(1, seed: 3), "2026-07-06T10:00:00.5+05:30", "2026-07-06T10:01:00Z"));
        // The hour that comes twice: the second pass overlaps the first on paper, and is kept beside it.
        await RawHttp.SendAsync(hub.Url, agent.Request(OggChunk.Make(60, seed: 4), "2026-10-25T02:30:00", "2026-10-25T02:31:00"));
        await RawHttp.SendAsync(hub.Url, agent.Request(OggChunk.Make(60, seed: 5), "2026-10-25T02:30:00", "2026-10-25T02:31:00"));
        var rows = hub.Chunks();
        Assert.Equal(
            ["2026-01-05T09:00:00.000000Z", "2026-07-05T08:00:00.000000Z", "2026-07-06T04:30:00.500000Z", "2026-10-25T00:30:00.000000Z", "2026-10-25T00:30:00.000000Z"],
            rows.Select(r => WallTime.ToText(r.StartUs)));
        Assert.Single(rows, r => r.Label?.StartsWith("overlaps ", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task A_recorder_of_ours_says_where_in_its_run_a_chunk_lies_and_is_believed_only_as_far_as_the_file_goes()
    {
        await using var hub = await TestHub.StartAsync();
        var file = OggChunk.Make(10);
        var header = new ChunkHeader
        {
            Recorder = "kitchen", Run = Guid.NewGuid(), Number = 3, FirstFrame = 1_440_000, Frames = 480_000, RateHz = 48_000,
            StartUs = WallTime.ToMicroseconds(new DateTimeOffset(2026, 1, 5, 10, 0, 30, 250, TimeSpan.Zero)), RatePpm = 100, UncertaintyUs = 90,
            Levels = new ChunkLevels([-12.5], [-30], 2), Gaps = [new GapEntry(1, 2, 3, "xrun")],
        };
        string Extra(ChunkHeader h) => $"Chorale-Chunk: {h.Encode()}\nIdempotency-Key: {UploadHeaders.KeyOf(h.Recorder, h.Run, h.Number)}\n"
            + $"Content-Digest: {UploadHeaders.DigestOf(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file)))}";
        var agent = new RecorderAgentClient(hub.IssueDevice());

        var first = await RawHttp.SendAsync(hub.Url, (agent with { ExtraHeaders = Extra(header) }).Request(file));
        var repeat = await RawHttp.SendAsync(hub.Url, (agent with { ExtraHeaders = Extra(header with { StartUs = header.StartUs + 5 }) }).Request(file));
        var boast = header with { Number = 4, Frames = 999_999, FirstFrame = 1_920_000, StartUs = header.StartUs + 60_000_000 };
        await RawHttp.SendAsync(hub.Url, (agent with { ExtraHeaders = Extra(boast) }).Request(file));

        Assert.Equal(first.Body, repeat.Body);
        var rows = hub.Chunks();
        Assert.Equal(2, rows.Count);
        Assert.Equal((header.Run.ToString(), 3, 1_440_000L, 480_000L, 48_000), (rows[0].RunId, rows[0].Number, rows[0].FirstFrame, rows[0].Frames, rows[0].RateHz));
        Assert.Equal(header.StartUs, rows[0].StartUs);
        Assert.Equal(9_999_000, rows[0].EndUs - rows[0].StartUs); // 10 s of a clock that is 100 ppm fast
        Assert.Contains("-12.5", rows[0].Levels, StringComparison.Ordinal);
        Assert.Equal((480_000L, "holds 480000 of 999999 frames announced"), (rows[1].Frames, rows[1].Label));
    }

    [Fact]
    public async Task A_file_that_is_not_what_was_sealed_is_refused()
    {
        await using var hub = await TestHub.StartAsync();
        var digest = UploadHeaders.DigestOf(new string('a', 64));
        var agent = new RecorderAgentClient(hub.IssueDevice()) { ExtraHeaders = "Content-Digest: " + digest };
        var reply = await RawHttp.SendAsync(hub.Url, agent.Request(OggChunk.Make(1)));
        Assert.Equal((422, """{"detail":"Content-Digest does not match the file"}"""), (reply.Status, reply.Body));
        Assert.Empty(hub.Chunks());
    }

    [Fact]
    public async Task A_sender_that_goes_away_in_the_middle_leaves_nothing_and_may_come_again()
    {
        await using var hub = await TestHub.StartAsync();
        var request = new RecorderAgentClient(hub.IssueDevice()).Request(OggChunk.Make(60));
        for (var cut = 1; cut < 10; cut++)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(hub.Url.Host, hub.Url.Port);
            await client.GetStream().WriteAsync(request.AsMemory(0, request.Length * cut / 10));
        }

        await Wait.Until("half bodies are gone", () => !Directory.EnumerateFiles(Path.Combine(hub.Host.Store.Folder, "incoming")).Any());
        Assert.Empty(hub.Chunks());
        Assert.Equal(200, (await RawHttp.SendAsync(hub.Url, request)).Status);
        Assert.DoesNotContain(hub.Log.Lines, l => l.Event == "chunk_save_failed");
    }

    [Theory]
    [InlineData("multipart/form-data; boundary=nowhere", 400)]
    [InlineData("multipart/form-data", 400)]
    [InlineData("application/json", 422)]
    public async Task A_body_that_is_no_form_is_the_senders_fault(string contentType, int status)
    {
        await using var hub = await TestHub.StartAsync();
        var reply = await RawHttp.SendAsync(hub.Url, RawHttp.Text(
            $"POST /api/v1/chunks HTTP/1.1\nHost: hub\nContent-Length: 5\nContent-Type: {contentType}\nAuthorization: Bearer {hub.IssueDevice()}\n\nhello"));
        Assert.Equal(status, reply.Status);
    }

    [Fact]
    public async Task Sixty_four_recorders_at_once_are_all_kept_and_told_so()
    {
        await using var hub = await TestHub.StartAsync();
        var requests = Enumerable.Range(0, 64).Select(n =>
        {
            var device = $"recorder-{n}";
            return (File: OggChunk.Make(2, seed: n + 1), Agent: new RecorderAgentClient(hub.IssueDevice(device), device));
        }).ToArray();
        var replies = await Task.WhenAll(requests.Select(r => RawHttp.SendAsync(hub.Url, r.Agent.Request(r.File))));
        Assert.All(replies, r => Assert.Equal(200, r.Status));
        var rows = hub.Chunks();
        Assert.Equal(64, rows.Count);
        Assert.All(rows, r => Assert.Equal(requests.Single(q => q.Agent.DeviceId == r.RecorderId).File, hub.Stored(r)));
    }

    [Fact]
    public async Task A_revoked_token_stops_at_the_next_request_also_when_another_process_revoked_it()
    {
        using var folder = new TempFolder();
        await using var hub = await TestHub.StartAsync(folder: folder);
        var agent = new RecorderAgentClient(hub.IssueDevice());
        Assert.Equal(200, (await RawHttp.SendAsync(hub.Url, agent.Request(OggChunk.Make(1)))).Status);
        using (var elsewhere = AccessStore.Open(folder.Path, TimeProvider.System)) Assert.Equal(1, elsewhere.Revoke(TestHub.DeviceId));
        Assert.Equal(401, (await RawHttp.SendAsync(hub.Url, agent.Request(OggChunk.Make(1)))).Status);
    }
}
