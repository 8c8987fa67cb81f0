using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Chorale.Fleet;
using Chorale.Fleet.Sessions;
using Chorale.Hub.Fleet;
using Chorale.Mqtt;
using Chorale.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace Chorale.Verbs;

/// <summary>Where <c>chorale fleet</c> sends its commands: the hub, or the broker itself.</summary>
internal interface IFleetDoor : IAsyncDisposable
{
    Task<ModulesView> ModulesAsync(CancellationToken cancel);

    /// <summary>Ends when every module has its verdict.</summary>
    Task<FleetAnswer> RunAsync(FleetCommand command, CancellationToken cancel);

    Task<SessionManifest?> SessionAsync(string id, CancellationToken cancel);

    Task<IReadOnlyList<SessionView>> SessionsAsync(CancellationToken cancel);
}

/// <summary>Neither hub nor broker can be asked; the message says what was tried and what to do.</summary>
internal sealed class FleetDoorException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Through the hub's API.</summary>
internal sealed class HubDoor : IFleetDoor
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _http;

    public HubDoor(Uri hub, string? token)
    {
        _http = new HttpClient { BaseAddress = hub, Timeout = TimeSpan.FromSeconds(30) };
        if (token is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public async Task<ModulesView> ModulesAsync(CancellationToken cancel) => (await GetAsync<ModulesView>("/api/v2/modules", cancel))!;

    public async Task<FleetAnswer> RunAsync(FleetCommand command, CancellationToken cancel)
    {
        var posted = command with { Id = "cli-" + Guid.NewGuid().ToString("N"), From = "command line" };
        using var reply = await AskAsync(() => _http.PostAsJsonAsync("/api/v2/commands", posted, cancel));
        if (reply.StatusCode == HttpStatusCode.BadRequest) throw new ArgumentException(await ProblemAsync(reply, cancel));
        await RequireAsync(reply, cancel);
        while (true)
        {
            var view = await GetAsync<CommandView>("/api/v2/commands/" + posted.Id, cancel) ?? throw new FleetDoorException("the hub has forgotten the command");
            if (view is { State: "ended", Answer: { } answer }) return answer;
            await Task.Delay(PollInterval, TimeProvider.System, cancel);
        }
    }

    public async Task<SessionManifest?> SessionAsync(string id, CancellationToken cancel)
    {
        using var reply = await AskAsync(() => _http.GetAsync($"/api/v2/sessions/{Uri.EscapeDataString(id)}/manifest", cancel));
        if (reply.StatusCode == HttpStatusCode.NotFound) return null;
        await RequireAsync(reply, cancel);
        return SessionManifest.Read(await reply.Content.ReadAsStringAsync(cancel));
    }

    public async Task<IReadOnlyList<SessionView>> SessionsAsync(CancellationToken cancel) => (await GetAsync<SessionsView>("/api/v2/sessions", cancel))!.Sessions;

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<T?> GetAsync<T>(string path, CancellationToken cancel)
        where T : class
    {
        using var reply = await AskAsync(() => _http.GetAsync(path, cancel));
        if (reply.StatusCode == HttpStatusCode.NotFound) return null;
        await RequireAsync(reply, cancel);
        return await reply.Content.ReadFromJsonAsync<T>(cancel);
    }

    private async Task<HttpResponseMessage> AskAsync(Func<Task<HttpResponseMessage>> ask)
    {
        try
        {
            return await ask();
        }
        catch (HttpRequestException e)
        {
            throw new FleetDoorException($"no hub answers at {_http.BaseAddress}: {e.Message}. `chorale up` or `chorale hub` starts one, --hub names another, --broker goes past it", e);
        }
    }

    private async Task RequireAsync(HttpResponseMessage reply, CancellationToken cancel)
    {
        if (reply.IsSuccessStatusCode) return;
        throw new FleetDoorException(reply.StatusCode == HttpStatusCode.Unauthorized
            ? $"the hub at {_http.BaseAddress} wants an operator's credential: set CHORALE_TOKEN (`chorale token add operator NAME` makes one)"
            : $"the hub at {_http.BaseAddress} answered {(int)reply.StatusCode}: {await ProblemAsync(reply, cancel)}");
    }

    private static async Task<string> ProblemAsync(HttpResponseMessage reply, CancellationToken cancel)
    {
        var text = await reply.Content.ReadAsStringAsync(cancel);
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.TryGetProperty("detail", out var detail) ? detail.ToString() : text;
        }
        catch (JsonException)
        {
            return text.Length <= 200 ? text : text[..200];
        }
    }
}

/// <summary>Past the hub, as a master of its own: what modules are there has to be heard first.</summary>
internal sealed class BrokerDoor : IFleetDoor
{
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(5);

    private readonly FleetController _fleet;
    private readonly string _address;

    private BrokerDoor(FleetController fleet, string address) => (_fleet, _address) = (fleet, address);

    /// <param name="discovery">How long modules are listened for.</param>
    public static async Task<BrokerDoor> OpenAsync(MqttOptions broker, string baseTopic, TimeSpan discovery, CancellationToken cancel)
    {
        var fleet = new FleetController(new FleetOptions { Mqtt = broker, BaseTopic = baseTopic }, TimeProvider.System, NullLogger.Instance);
        var address = $"{broker.Host}:{broker.Port}";
        try
        {
            fleet.Start();
            var begun = TimeProvider.System.GetTimestamp();
            while (!fleet.IsConnected)
            {
                if (TimeProvider.System.GetElapsedTime(begun) > ConnectPatience) throw new FleetDoorException($"the broker at {address} cannot be used: {fleet.LinkProblem}");
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancel);
            }

            await Task.Delay(discovery, TimeProvider.System, cancel);
            return new BrokerDoor(fleet, address);
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    public Task<ModulesView> ModulesAsync(CancellationToken cancel) => Task.FromResult(new ModulesView(
        WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow()), new BrokerView(_address, _fleet.IsConnected, _fleet.LinkProblem),
        [.. _fleet.Modules.Values.OrderBy(m => m.Id.Value, StringComparer.Ordinal).Select(ModuleView.Of)]));

    public async Task<FleetAnswer> RunAsync(FleetCommand command, CancellationToken cancel)
    {
        if ((command with { Id = "cli" }).Problem() is var (field, value, allowed)) throw new ArgumentException($"{field} is '{value}': {allowed}");
        return await command.RunAsync(_fleet, TimeProvider.System, cancel);
    }

    public Task<SessionManifest?> SessionAsync(string id, CancellationToken cancel) => Task.FromResult(_fleet.FindSession(id));

    public Task<IReadOnlyList<SessionView>> SessionsAsync(CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<SessionView>>([.. _fleet.Sessions.Reverse().Select(SessionView.Of)]);

    public ValueTask DisposeAsync() => _fleet.DisposeAsync();
}
