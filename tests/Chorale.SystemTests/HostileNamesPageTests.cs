using Chorale.Fleet;
using Chorale.Fleet.Commands;
using Chorale.Fleet.Sessions;
using Chorale.Hub.Access;
using Chorale.Hub.Fleet;
using Chorale.Protocol;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>Names and words that are markup, wherever the network can put them, are text wherever they are shown.</summary>
public sealed class HostileNamesPageTests : PageOfRooms
{
    private const string Evil = "<img src=x onerror=window.broken=1><b class=pwned>";
    private const string Password = "a quiet evening in May";

    private readonly TempFolder _files = new();

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        using var files = _files;
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_recorder_is_named_in_the_row_and_in_the_bar_of_who_listens()
    {
        Hub.StartRecorder("kitchen");
        await Wait.Until("the recorder is known", () => Hub.Host.Index.Read(c => Dapper.SqlMapper.ExecuteScalar<long>(c, "SELECT count(*) FROM recorders")) > 0);
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/listen"));
        await page.Locator("article [data-name=listen-live]").ClickAsync(); // the name is the one of the press
        await Assertions.Expect(page.Locator("#live")).ToHaveAttributeAsync("data-state", "live");
        await page.Locator("[data-name=stop-live]").ClickAsync();
        // A chunk says the recorder's own name again: the change has to be seen before the next one.
        var row = page.Locator("article", new() { HasText = "<img" });
        await Wait.Until("the row has the other name", async () =>
        {
            Hub.Host.Index.Write((c, t) => Dapper.SqlMapper.Execute(c, "UPDATE recorders SET name = @Evil", new { Evil }, t));
            return await row.CountAsync() > 0;
        }, TimeSpan.FromSeconds(60));
        await row.Locator("[data-name=listen-live]").ClickAsync();
        await Assertions.Expect(page.Locator("#live strong")).ToHaveTextAsync(Evil);
        await TextAloneAsync(page);
        await Browser.ShotAsync(page, "hostile-live", isWhole: true);
    }

    [Fact]
    public async Task A_recording_its_modules_their_files_and_their_reasons()
    {
        var zero = TimeProvider.System.GetUtcNow().AddHours(-1);
        SessionModule Module(string name, Verdict verdict) => new()
        {
            Module = new ModuleId(name), Verdict = verdict, Reason = Evil, IsSynchronised = true, FirstFrameUtc = zero, UncertaintyUs = 310, ClockSource = Evil, SampleRateHz = 48_000, Channels = 1,
            Frames = 480_000, Files = [Evil + ".wav"], CompletedAt = zero.AddSeconds(10),
        };
        Hub.Host.Fleet.Store.Save([], [new SessionManifest
        {
            SessionId = "s1", RecordingId = Evil, State = SessionState.Complete, CreatedAt = zero, StartAt = zero, DurationSeconds = 10, SpreadUs = 12, SpreadUncertaintyUs = 6,
            Modules = [Module(Evil, Verdict.Confirmed), Module(Evil + "2", Verdict.Refused)],
        }], WallTime.ToMicroseconds(zero));
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/recordings"));
        await Assertions.Expect(page.Locator("[data-session=s1] .mono")).ToHaveTextAsync(Evil);
        await TextAloneAsync(page);
        await page.Locator("[data-session=s1] a").ClickAsync();
        await Assertions.Expect(page.Locator("main h1")).ToHaveTextAsync(Evil);
        await Assertions.Expect(page.Locator("tr[data-module] strong").First).ToHaveTextAsync(Evil);
        await Assertions.Expect(page.Locator("tr[data-module]").First).ToContainTextAsync(Evil + ".wav");
        await Assertions.Expect(page.Locator("tr[data-module]").Nth(1)).ToContainTextAsync($": {Evil}");
        await Assertions.Expect(page.Locator("#recording")).ToHaveAttributeAsync("data-tracks", "ready");
        await TextAloneAsync(page);
        await Browser.ShotAsync(page, "hostile-recording", isWhole: true);
    }

    [Fact]
    public async Task A_job_its_recorder_and_the_files_that_were_brought()
    {
        await HubArchive.AddRunAsync(Hub.Host, "hall", WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow()) - 60_000_000, chunks: 1, secondsPerChunk: 2);
        Hub.Host.Index.Write((c, t) => Dapper.SqlMapper.Execute(c, "UPDATE recorders SET name = @Evil", new { Evil }, t));
        var path = _files[Evil + "_20260105_100000.ogg"];
        await File.WriteAllBytesAsync(path, OggChunk.Make(2), TestContext.Current.CancellationToken);
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/jobs"));
        await page.Locator("#import-recorder").FillAsync("hall");
        await page.Locator("#import-files").SetInputFilesAsync(path);
        await Assertions.Expect(page.Locator("#import")).ToContainTextAsync(Evil);
        await page.Locator("#import [data-name=start]").FillAsync("2026-01-05T10:00:01");
        await page.Locator("#import-begin").ClickAsync();
        var card = page.Locator("#jobs [data-kind=import]");
        await Assertions.Expect(card).ToHaveAttributeAsync("data-state", "done");
        await Assertions.Expect(card.Locator("h3")).ToContainTextAsync(Evil);
        await Assertions.Expect(card.Locator("[data-finding] .mono").First).ToContainTextAsync(Evil);
        await TextAloneAsync(page);
        await Browser.ShotAsync(page, "hostile-job", isWhole: true);
    }

    [Fact]
    public async Task A_token_an_invitation_and_what_is_written_down_of_them()
    {
        Hub.Host.Tokens.People.TryAdd("tom", Role.Technician, Passwords.Hash(Password));
        Hub.Host.Tokens.IssueDevice(Evil);
        Hub.Host.Tokens.Issue(CredentialKind.Operator, Evil);
        Hub.Host.Tokens.Links.MakeInvite(Role.Viewer, Evil);
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/settings"));
        await Browser.LogInAsync(page, "tom", Password);
        await Assertions.Expect(page.Locator("tr[data-token]").First).ToContainTextAsync(Evil);
        await Assertions.Expect(page.Locator("[data-link-id]").First).ToContainTextAsync(Evil);
        await TextAloneAsync(page);
        var row = page.Locator("tr[data-token]").First;
        await row.Locator("[data-name=revoke]").ClickAsync();
        await row.Locator("[data-name=sure]").ClickAsync();
        await Assertions.Expect(page.Locator("tr[data-token]")).ToHaveCountAsync(1);
        await page.EvaluateAsync("location.hash = '#/log/audit'");
        await Assertions.Expect(page.Locator("#audit tbody")).ToContainTextAsync(Evil);
        await TextAloneAsync(page);
        await Browser.ShotAsync(page, "hostile-audit", isWhole: true);
    }

    [Fact]
    public async Task What_a_broker_says_and_what_devices_and_modules_are_called()
    {
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/fleet"));
        await using var client = Room.Broker.Client();
        client.Start();
        await Wait.Until("connected", () => client.IsConnected);
        await client.PublishAsync(new Chorale.Mqtt.MqttMessage($"rslogger/audio/{Evil}/status", """{"state":"idle","session":1}"""u8.ToArray()), TestContext.Current.CancellationToken);
        await client.PublishAsync(new Chorale.Mqtt.MqttMessage($"devices/{Evil}/status", "online"u8.ToArray()), TestContext.Current.CancellationToken);
        await client.PublishAsync(new Chorale.Mqtt.MqttMessage("rslogger/audio/after/status", """{"state":"idle","session":1}"""u8.ToArray()), TestContext.Current.CancellationToken);
        await Assertions.Expect(page.Locator("[data-module=after]")).ToHaveAttributeAsync("data-presence", "online"); // what was said before it has come, too
        Hub.Host.Fleet.Live.Tell("broker", new BrokerView($"{Evil}:1883", false, Evil));
        await Assertions.Expect(page.Locator("#broker-gone")).ToContainTextAsync(Evil);
        await TextAloneAsync(page);
        foreach (var address in (string[])["", "fleet", $"fleet/{Uri.EscapeDataString(Evil)}", "rooms/foyer", "rooms/foyer/log", "log", "log/health"])
        {
            await page.EvaluateAsync("address => { location.hash = '#/' + address; }", address);
            await Assertions.Expect(page.Locator("main h1")).ToBeVisibleAsync();
            await TextAloneAsync(page);
        }

        await Browser.ShotAsync(page, "hostile-broker", isWhole: true);
    }

    private static async Task TextAloneAsync(IPage page)
    {
        Assert.Equal(0, await page.Locator("main img, main script, .pwned, .banners img, footer img").CountAsync());
        Assert.Equal("undefined", await page.EvaluateAsync<string>("typeof window.broken"));
    }
}
