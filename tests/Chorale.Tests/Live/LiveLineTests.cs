using Chorale.Audio.Files;
using Chorale.Hub.Access;
using Chorale.Protocol;
using Chorale.Tests.Hub;

namespace Chorale.Tests.Live;

/// <summary>Bad lines, bad bytes, bad credentials: nothing of the recording is touched, and what can be heard is heard again by itself.</summary>
public sealed class LiveLineTests
{
    private static readonly Guid Run = new("11111111-2222-3333-4444-555555555555");

    [Fact]
    public async Task A_line_cut_again_and_again_costs_the_recording_nothing_and_is_heard_again_each_time()
    {
        await using var hub = await TestHub.StartAsync();
        await using var line = new TcpFaultProxy(hub.Url.Port);
        await using var rig = await LiveRig.StartAsync(line, hub, "upload.live=always");
        await using var ear = rig.Listen();
        for (var cut = 0; cut < 4; cut++)
        {
            var heard = ear.Seconds;
            await ear.HearAsync(heard + 1.5);
            line.CutAll();
        }

        await ear.HearAsync(ear.Seconds + 1);
        await rig.StopRecorderAsync();
        await LedgerAddsUpAsync(rig);
    }

    [Fact]
    public async Task A_line_that_swallows_everything_is_given_up_and_said_within_three_seconds()
    {
        await using var hub = await TestHub.StartAsync();
        await using var line = new TcpFaultProxy(hub.Url.Port);
        await using var rig = await LiveRig.StartAsync(line, hub, "upload.live=always", "upload.timeout_seconds=5");
        await using var ear = rig.Listen();
        await ear.HearAsync(1);
        line.Fault = LineFault.HalfOpen;
        await Wait.Until("it is said that nothing comes", () => ear.State is "quiet" or "gone", TimeSpan.FromSeconds(30));
        line.Fault = LineFault.None;
        line.CutAll();
        await ear.HearAsync(ear.Seconds + 2);
        await rig.StopRecorderAsync();
        await LedgerAddsUpAsync(rig);
    }

    [Fact]
    public async Task A_hub_that_was_away_is_found_again_and_listeners_come_back()
    {
        using var folder = new TempFolder();
        var first = await TestHub.StartAsync(folder: folder);
        await using var line = new TcpFaultProxy(first.Url.Port);
        await using var rig = await LiveRig.StartAsync(line, first, "upload.live=always");
        await using (var ear = rig.Listen()) await ear.HearAsync(1);
        var port = first.Url.Port;
        await first.DisposeAsync();
        await using var second = await TestHub.StartAsync(s => s with { Listen = [new Chorale.Hub.Settings.ListenAddress(System.Net.IPAddress.Loopback, port)] }, folder);
        await using var again = LiveEar.Open(second.Url, TestHub.DeviceId);
        await again.HearAsync(2);
        await rig.StopRecorderAsync();
        await Wait.Until("no copy is left", () => !second.Host.LiveCopies.All.Any());
        Assert.All(second.Chunks(), c => Assert.Null(c.Label));
    }

    [Fact]
    public async Task Garbage_and_torn_pages_between_good_ones_are_counted_and_what_is_good_is_held()
    {
        await using var hub = await TestHub.StartAsync();
        var pages = LiveSender.Pages(LiveSender.Chunk("mic1", Run, 0, 0, 3, Now));
        await using var recorder = LiveSender.Open(hub.Url, "mic1", hub.IssueDevice());
        var random = new Random(1);
        foreach (var (page, i) in pages.Select((p, i) => (p, i)))
        {
            if (i % 7 == 3)
            {
                var garbage = new byte[random.Next(1, 3_000)];
                random.NextBytes(garbage);
                await recorder.SendAsync(garbage);
            }

            var sent = page.ToArray();
            if (i is 10 or 20) sent[^1] ^= 0xFF;
            await recorder.SendAsync(sent);
        }

        await Wait.Until("the good ones are held", () => hub.Host.LiveCopies.All.SingleOrDefault()?.Bytes == pages.Where((_, i) => i is not (10 or 20)).Sum(p => p.Length));
        using var http = new HttpClient();
        var line = System.Text.Json.JsonDocument.Parse(await http.GetStringAsync(new Uri(hub.Url, "/api/v2/live"), TestContext.Current.CancellationToken)).RootElement.GetProperty("recorders")[0];
        Assert.True(line.GetProperty("bad_pages").GetInt64() > 0);
    }

    [Fact]
    public async Task Nothing_but_garbage_ends_the_stream_with_the_reason()
    {
        await using var hub = await TestHub.StartAsync();
        await using var recorder = LiveSender.Open(hub.Url, "mic1", hub.IssueDevice());
        var garbage = new byte[64 * 1024];
        new Random(2).NextBytes(garbage);
        for (var i = 0; i < 20; i++) await recorder.SendAsync(garbage);
        await recorder.EndAsync(); // .NET's client tells an answer when the body has ended
        var (status, text) = await recorder.Answer;
        Assert.Equal(422, status);
        Assert.Contains("no Ogg pages", text, StringComparison.Ordinal);
        Assert.Empty(hub.Host.LiveCopies.All);
    }

    [Theory]
    [InlineData("other")]
    [InlineData("../../etc")]
    public async Task A_stream_under_another_name_than_its_own_is_refused(string name)
    {
        await using var hub = await TestHub.StartAsync();
        await using var recorder = LiveSender.Open(hub.Url, "mic1", hub.IssueDevice());
        var file = OggChunk.Make(1, tags: ["CHORALE_RECORDER=" + name, "CHORALE_RUN=" + Run, "CHORALE_CHUNK=0", "CHORALE_FIRST_FRAME=0", "CHORALE_RATE=48000", "CHORALE_START=2026-01-05T10:00:00Z"]);
        await recorder.SendAsync(file);
        await recorder.EndAsync();
        Assert.Equal(422, (await recorder.Answer).Status);
        Assert.Empty(hub.Host.LiveCopies.All);
    }

    [Fact]
    public async Task Only_the_device_whose_name_it_is_may_send_and_only_with_a_valid_token()
    {
        await using var hub = await TestHub.StartAsync();
        var (mine, other) = (hub.IssueDevice(), hub.IssueDevice("00000000-0000-0000-0000-0000000000d4"));
        await using (var nobody = LiveSender.Open(hub.Url, "mic1", null)) Assert.Equal(401, (await nobody.Answer).Status);
        await using (var wrong = LiveSender.Open(hub.Url, "mic1", "chorale_device_wrong")) Assert.Equal(401, (await wrong.Answer).Status);
        await using (var stranger = LiveSender.Open(hub.Url, TestHub.DeviceId, other)) Assert.Equal(403, (await stranger.Answer).Status);
        await using var first = LiveSender.Open(hub.Url, "mic1", mine);
        await first.SendAsync(LiveSender.Chunk("mic1", Run, 0, 0, 1, Now));
        await Wait.Until("it is held", () => hub.Host.LiveCopies.All.Any());
        await using (var thief = LiveSender.Open(hub.Url, "mic1", other)) Assert.Equal(403, (await thief.Answer).Status);
        await using (var odd = LiveSender.Open(hub.Url, "mic%20one", mine)) Assert.Equal(400, (await odd.Answer).Status);
        await using (var kind = LiveSender.Open(hub.Url, "mic1", mine, "everything")) Assert.Equal(422, (await kind.Answer).Status);
    }

    [Fact]
    public async Task A_recorder_in_the_place_of_another_is_heard_once_the_others_token_is_revoked_and_whoever_listens_is_told_until_then()
    {
        await using var hub = await TestHub.StartAsync();
        await using (var before = LiveSender.Open(hub.Url, "mic1", hub.IssueDevice()))
        {
            await before.SendAsync(LiveSender.Chunk("mic1", Run, 0, 0, 1, Now));
            await Wait.Until("it is held", () => hub.Host.LiveCopies.All.Any());
            await before.EndAsync();
            Assert.Equal(200, (await before.Answer).Status);
        }

        var next = hub.IssueDevice("00000000-0000-0000-0000-0000000000d4");
        await using (var early = LiveSender.Open(hub.Url, "mic1", next)) Assert.Equal(403, (await early.Answer).Status);
        var told = hub.Host.Live.Find("mic1")!.State();
        Assert.Equal("refused", told.State);
        Assert.Contains($"name of device {TestHub.DeviceId}", told.Why, StringComparison.Ordinal);

        Assert.Equal(1, hub.Host.Tokens.Revoke(TestHub.DeviceId));
        await using var replacement = LiveSender.Open(hub.Url, "mic1", next);
        await replacement.SendAsync(LiveSender.Chunk("mic1", Guid.NewGuid(), 0, 0, 1, Now));
        await Wait.Until("it is heard", () => hub.Host.Live.Find("mic1")?.State().State == "live");
    }

    [Fact]
    public async Task The_name_of_a_client_that_uploads_without_being_heard_is_its_own_while_it_can_send()
    {
        await using var hub = await TestHub.StartAsync();
        var client = hub.Host.Tokens.Issue(CredentialKind.Client, "65a1b2c3d4e5f60718293a4b");
        await HubArchive.AddRunAsync(hub.Host, "attic", Now - 60_000_000, chunks: 1, secondsPerChunk: 1, client.Subject);
        var device = hub.IssueDevice();
        await using (var thief = LiveSender.Open(hub.Url, "attic", device)) Assert.Equal(403, (await thief.Answer).Status);
        hub.Host.Tokens.Revoke(client.Id);
        await using var next = LiveSender.Open(hub.Url, "attic", device);
        await next.SendAsync(LiveSender.Chunk("attic", Run, 0, 0, 1, Now));
        await Wait.Until("it is heard", () => hub.Host.Live.Find("attic")?.State().State == "live");
    }

    [Fact]
    public async Task A_device_that_calls_itself_something_else_each_time_leaves_one_line_behind()
    {
        await using var hub = await TestHub.StartAsync();
        var token = hub.IssueDevice();
        for (var n = 0; n < 50; n++)
        {
            await using var recorder = LiveSender.Open(hub.Url, $"mic{n}", token);
            await recorder.SendAsync(LiveSender.Chunk($"mic{n}", Guid.NewGuid(), 0, 0, 1, Now));
            await recorder.EndAsync();
            Assert.Equal(200, (await recorder.Answer).Status);
        }

        Assert.Equal(["mic49"], hub.Host.Live.Lines.Select(l => l.Recorder));
    }

    private static long Now => WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow());

    /// <summary>Every frame of every run is in the archive: chunks follow each other by frames, and none is labelled.</summary>
    private static async Task LedgerAddsUpAsync(LiveRig rig)
    {
        await Wait.Until("no copy is left", () => !rig.Hub.Host.LiveCopies.All.Any());
        var chunks = rig.Hub.Chunks();
        Assert.All(chunks, c => Assert.Null(c.Label));
        foreach (var run in chunks.GroupBy(c => c.RunId))
        {
            var next = 0L;
            foreach (var chunk in run.OrderBy(c => c.Number))
            {
                Assert.Equal(next, chunk.FirstFrame);
                next += chunk.Frames;
            }
        }
    }
}
