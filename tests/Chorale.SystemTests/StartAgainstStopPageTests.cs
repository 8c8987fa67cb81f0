using System.Text.Json;
using Chorale.Mqtt;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>Two people at two browsers, of whom one starts what the other stops, in the same instant.</summary>
public sealed class StartAgainstStopPageTests : PageOfRooms
{
    private const int Rounds = 4;

    [Fact]
    public async Task Of_a_start_and_a_stop_at_once_both_see_what_the_modules_do_and_nobody_is_told_twice()
    {
        var wire = new List<string>();
        await using var modules = new SimulatedModules(Room.Broker);
        await using var witness = Room.Broker.Client();
        witness.Subscribe("rslogger/audio/+/command", 0, m =>
        {
            using var body = JsonDocument.Parse(m.Payload);
            lock (wire) wire.Add($"{m.Topic.Split('/')[2]} {body.RootElement.GetProperty("command").GetString()}");
        });
        witness.Start();
        await Wait.Until("modules and witness have their connections", () => modules.IsConnected && witness.IsConnected);
        string[] ids = ["mic-1", "mic-2"];
        foreach (var id in ids) modules.Add(id);
        var fleet = new Uri(Hub.Address, "#/fleet");
        IPage[] people = [await Browser.OpenAsync(fleet), await Browser.OpenAsync(fleet)];
        for (var round = 0; round < Rounds; round++)
        {
            var (starter, stopper) = (people[round % 2], people[1 - round % 2]);
            // One records already, so that there is something to stop; the other does not, so that there is something to start.
            foreach (var page in people) await Assertions.Expect(page.Locator("[data-module][data-state=idle]")).ToHaveCountAsync(2);
            await starter.Locator("[data-module=mic-1] [data-name=start]").ClickAsync();
            foreach (var page in people) await Assertions.Expect(page.Locator("[data-module=mic-1]")).ToHaveAttributeAsync("data-state", "recording");
            await Assertions.Expect(starter.Locator("[data-module=mic-1] .outcome")).ToContainTextAsync("confirmed");
            lock (wire) wire.Clear();

            await using (await Both.HoldAsync("**/api/v2/commands", "\"command\":\"st", people))
                await Task.WhenAll(starter.Locator(".bar [data-name=start]").ClickAsync(), stopper.Locator(".bar [data-name=stop]").ClickAsync());
            foreach (var page in people)
            {
                await Assertions.Expect(page.Locator(".bar [data-asked]")).ToHaveAttributeAsync("data-asked", "ended");
                foreach (var word in (string[])["start", "stop"])
                    await Assertions.Expect(page.Locator($"[data-command={word}]").First).ToHaveAttributeAsync("data-state", "ended");
                foreach (var id in ids) await Assertions.Expect(page.Locator($"[data-module={id}]")).ToHaveAttributeAsync("data-state", modules.IsRecording(id) ? "recording" : "idle");
            }

            await Assertions.Expect(starter.Locator("[data-command=start] [data-name=by]").First).ToContainTextAsync("this page");
            await Assertions.Expect(stopper.Locator("[data-command=start] [data-name=by]").First).Not.ToContainTextAsync("this page");
            await Assertions.Expect(stopper.Locator("[data-command=stop] [data-name=by]").First).ToContainTextAsync("this page");
            lock (wire)
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"{string.Join(", ", wire)}: {string.Join(", ", ids.Where(modules.IsRecording))} records");
                Assert.All(wire.Where(w => !w.EndsWith("watch", StringComparison.Ordinal)).CountBy(w => w), w => Assert.Equal(1, w.Value));
                Assert.Contains(wire, w => w.EndsWith(" stop", StringComparison.Ordinal));
            }

            if (round == 0) await Browser.ShotAsync(starter, "start-against-stop", isWhole: true);
            if (ids.Any(modules.IsRecording)) await stopper.Locator(".bar [data-name=stop]").ClickAsync();
            await Assertions.Expect(stopper.Locator(".bar [data-asked]")).ToHaveAttributeAsync("data-asked", "ended");
        }
    }

    [Fact]
    public async Task Of_a_run_and_a_STOP_at_once_both_see_what_the_room_does_and_after_a_STOP_that_came_last_nothing_is_on()
    {
        Room.StartNodes();
        var foyer = new Uri(Hub.Address, "#/rooms/foyer");
        IPage[] people = [await Browser.OpenAsync(foyer), await Browser.OpenAsync(foyer)];
        foreach (var page in people)
        {
            foreach (var node in (string[])[PageRoom.Relays, PageRoom.Motors]) await Assertions.Expect(page.Locator($"[data-node={node}]")).ToHaveAttributeAsync("data-presence", "online");
        }

        Browser.Expect(409, "/api/v2/rooms/foyer/run"); // where STOP is under way
        for (var round = 0; round < Rounds; round++)
        {
            var (starter, stopper) = (people[round % 2], people[1 - round % 2]);
            await using (await Both.HoldAsync("**/api/v2/rooms/foyer/*", "\"id\"", people))
                await Task.WhenAll(starter.Locator("[data-scene=storm] [data-name=run]").ClickAsync(), stopper.Locator("#stop").ClickAsync());
            await Assertions.Expect(starter.Locator("[data-scene=storm] .outcome")).ToHaveAttributeAsync("data-asked", "ended");
            await Assertions.Expect(stopper.Locator("#stop")).ToHaveAttributeAsync("data-asked", "ended");
            await Wait.Until("STOP has its verdict", async () => (await ViewAsync()).Stop?.Verdict is not null);
            var runs = (await ViewAsync()).Run is not null;
            TestContext.Current.TestOutputHelper?.WriteLine(runs ? "the scene runs" : "the room is idle");
            foreach (var page in people)
            {
                await Assertions.Expect(page.Locator("[data-room=foyer]")).ToHaveAttributeAsync("data-room-state", runs ? "running" : "idle");
                await Assertions.Expect(page.Locator("#run")).ToHaveCountAsync(runs ? 1 : 0);
            }

            if (runs) await stopper.Locator("#stop").ClickAsync();
            await Wait.Until("nothing runs and nothing is on", async () => (await ViewAsync()) is { Run: null, Stop.Verdict: not null } view && view.Outputs.All(o => o.Confirmed is null or "OFF" or not "ON"));
            foreach (var page in people) await Assertions.Expect(page.Locator("[data-room=foyer]")).ToHaveAttributeAsync("data-room-state", "idle");
        }
    }

    private Task<Chorale.Show.Room.RoomView> ViewAsync() => Hub.Host.Show.Find("foyer")!.ViewAsync(TestContext.Current.CancellationToken);
}
