using System.CommandLine;
using System.Text.Json;
using Chorale.Hub.Settings;
using Chorale.Tests.Hub;

namespace Chorale.Tests.Fleet;

/// <summary><c>chorale fleet</c> through a hub and past it, over a real broker.</summary>
public sealed class FleetVerbTests : IAsyncLifetime
{
    private TestBroker _broker = null!;
    private TestHub _hub = null!;
    private SimulatedModules _modules = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await TestBroker.StartAsync();
        _hub = await TestHub.StartAsync(s => s with { Broker = new HubBroker("127.0.0.1", _broker.Port) });
        _modules = new SimulatedModules(_broker);
        await Wait.Until("connected", () => _modules.IsConnected && _hub.Host.Fleet.Fleet.IsConnected);
        _modules.Add("a");
        _modules.Add("b");
        await Wait.Until("modules are there", () => _hub.Host.Fleet.Fleet.Modules.Count == 2);
    }

    public async ValueTask DisposeAsync()
    {
        await _modules.DisposeAsync();
        await _hub.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task All_are_started_stopped_and_asked_with_exit_codes_that_a_script_can_use()
    {
        var (code, output, _) = await RunAsync("ls");
        Assert.Equal(0, code);
        Assert.Contains("online", output);
        Assert.Equal(["a", "b"], Json((await RunAsync("ls", "--json")).Output).GetProperty("modules").EnumerateArray().Select(m => m.GetProperty("id").GetString()));

        (code, output, _) = await RunAsync("start", "--all", "--duration", "60", "--recording-id", "s1", "--json");
        Assert.Equal(0, code);
        Assert.Equal(2, Json(output).GetProperty("session").GetProperty("armed").GetInt32());
        (code, output, _) = await RunAsync("start", "--all");
        Assert.Equal(1, code);
        Assert.Contains("not idle", output);
        Assert.Contains("0 of 2 confirmed", output);

        // A module that is not there: partial success is told as such.
        (code, output, _) = await RunAsync("stop", "a", "nobody");
        Assert.Equal(3, code);
        Assert.Contains("timed out", output);
        Assert.Contains("1 of 2 confirmed", output);
        Assert.Equal(0, (await RunAsync("stop", "--all")).Code);
        await Wait.Until("all are idle", () => _hub.Host.Fleet.Fleet.Modules.Values.All(m => m.IsIdle));
        (code, output, _) = await RunAsync("stop", "--all");
        Assert.Equal((0, "nobody records"), (code, output.Trim()));

        Assert.Equal(0, (await RunAsync("status", "--all")).Code);
        Assert.Equal(0, (await RunAsync("config", "a", "--set", "samplerate=48000", "--set", "device=null", "--save")).Code);
        Assert.Equal(0, (await RunAsync("mute", "--all", "--for", "2")).Code);
        Assert.Equal(0, (await RunAsync("unmute", "--all")).Code);
        Assert.Equal(0, (await RunAsync("shutdown", "a")).Code);
        Assert.Contains("s1", (await RunAsync("sessions")).Output);
        Assert.Equal("s1", Json((await RunAsync("sessions", "--json")).Output).GetProperty("sessions")[0].GetProperty("session_id").GetString());
    }

    [Fact]
    public async Task Bad_usage_and_a_hub_that_is_not_there_are_told_apart()
    {
        Assert.Equal(64, (await RunAsync("start")).Code);
        Assert.Equal(64, (await RunAsync("start", "a", "--all")).Code);
        Assert.Equal(64, (await RunAsync("config", "a", "--set", "samplerate")).Code);
        var (code, _, error) = await RunAsync("start", "--all", "--duration", "-5");
        Assert.Equal(64, code);
        Assert.Contains("duration_s is '-5'", error);
        Assert.Equal(64, (await RunAsync("shutdown", "../x")).Code);
        Assert.Equal(66, (await RunAsync("export", "no-such-session")).Code);

        (code, _, error) = await RunPlainAsync("ls", "--hub", "http://127.0.0.1:9");
        Assert.Equal(69, code);
        Assert.Contains("no hub answers at http://127.0.0.1:9/", error);
        Assert.Equal(69, (await RunPlainAsync("ls", "--broker", "127.0.0.1:9")).Code);
        Assert.Equal(64, (await RunPlainAsync("ls", "--broker", "x y")).Code);
        Assert.Equal(64, (await RunPlainAsync("ls", "--hub", "nonsense")).Code);
    }

    [Fact]
    public async Task Past_the_hub_the_broker_alone_will_do()
    {
        // Modules that keep no status at the broker are heard at their next beat.
        using var beating = new Timer(_ => _modules.Beat(), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(200));
        string[] direct = ["--broker", $"127.0.0.1:{_broker.Port}"];
        var (code, output, error) = await RunPlainAsync(["start", "--all", "--recording-id", "s2", "--json", .. direct]);
        Assert.True(code == 0, output + error);
        Assert.Equal(2, Json(output).GetProperty("answer").GetProperty("confirmed").GetInt32());
        await Wait.Until("the hub has seen it too", () => _hub.Host.Fleet.Fleet.Modules.Values.All(m => m.Status!.RecordingId == "s2"));
        Assert.Equal(0, (await RunPlainAsync(["stop", "--all", .. direct])).Code);
    }

    private Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) => RunPlainAsync([.. arguments, "--hub", _hub.Url.ToString()]);

    private static async Task<(int Code, string Output, string Error)> RunPlainAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await ChoraleCommand.Create().Parse(["fleet", .. arguments]).InvokeAsync(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
