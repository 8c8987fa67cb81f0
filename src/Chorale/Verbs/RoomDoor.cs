using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Chorale.Hub.Show;
using Chorale.Show.Room;

namespace Chorale.Verbs;

/// <summary>The rooms of a hub, by its API.</summary>
internal sealed class RoomDoor : IDisposable
{
    private readonly HttpClient _http;

    public RoomDoor(Uri hub, string? token)
    {
        _http = new HttpClient { BaseAddress = hub, Timeout = TimeSpan.FromSeconds(30) };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("chorale");
        if (token is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public async Task<IReadOnlyList<RoomView>> RoomsAsync(CancellationToken cancel) => (await GetAsync<RoomsView>("/api/v2/rooms", cancel)).Rooms;

    public Task<RoomView> RoomAsync(string room, CancellationToken cancel) => GetAsync<RoomView>($"/api/v2/rooms/{Uri.EscapeDataString(room)}", cancel);

    public async Task<RoomAnswer> RunAsync(string room, string? scene, CancellationToken cancel) =>
        await PostAsync(room, "run", new RunCommand(NewId(), scene), cancel);

    public async Task<RoomAnswer> StopAsync(string room, CancellationToken cancel) => await PostAsync(room, "stop", new StopCommand(NewId()), cancel);

    public Task<RunsView> RunsAsync(string room, int limit, CancellationToken cancel) => GetAsync<RunsView>($"/api/v2/rooms/{Uri.EscapeDataString(room)}/runs?limit={limit}", cancel);

    public Task<TraceView> TraceAsync(string room, string run, CancellationToken cancel) =>
        GetAsync<TraceView>($"/api/v2/rooms/{Uri.EscapeDataString(room)}/runs/{Uri.EscapeDataString(run)}", cancel);

    /// <summary>Events of the hub as they happen; <paramref name="ready"/> is called once nothing is missed any more.</summary>
    public async IAsyncEnumerable<SseItem<string>> EventsAsync(Action ready, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v2/events");
        using var reply = await AskAsync(() => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel));
        await RequireAsync(reply, cancel);
        await using var body = await reply.Content.ReadAsStreamAsync(cancel);
        var isReady = false;
        await foreach (var told in SseParser.Create(body).EnumerateAsync(cancel))
        {
            if (!isReady) ready();
            isReady = true;
            yield return told;
        }
    }

    public void Dispose() => _http.Dispose();

    private static string NewId() => "cli-" + Guid.NewGuid().ToString("N");

    private async Task<RoomAnswer> PostAsync<T>(string room, string what, T body, CancellationToken cancel)
    {
        using var reply = await AskAsync(() => _http.PostAsJsonAsync($"/api/v2/rooms/{Uri.EscapeDataString(room)}/{what}", body, cancel));
        await RequireAsync(reply, cancel);
        return (await reply.Content.ReadFromJsonAsync<RoomAnswer>(cancel))!;
    }

    private async Task<T> GetAsync<T>(string path, CancellationToken cancel)
    {
        using var reply = await AskAsync(() => _http.GetAsync(path, cancel));
        await RequireAsync(reply, cancel);
        return (await reply.Content.ReadFromJsonAsync<T>(cancel))!;
    }

    private async Task<HttpResponseMessage> AskAsync(Func<Task<HttpResponseMessage>> ask)
    {
        try
        {
            return await ask();
        }
        catch (HttpRequestException e)
        {
            throw new FleetDoorException($"no hub answers at {_http.BaseAddress}: {e.Message}. `chorale up` or `chorale hub` starts one, --hub names another", e);
        }
    }

    private async Task RequireAsync(HttpResponseMessage reply, CancellationToken cancel)
    {
        if (reply.IsSuccessStatusCode) return;
        if (reply.StatusCode == HttpStatusCode.Unauthorized)
            throw new FleetDoorException($"the hub at {_http.BaseAddress} wants an operator's credential: set CHORALE_TOKEN (`chorale token add operator NAME` makes one)");
        var (detail, problems) = Read(await reply.Content.ReadAsStringAsync(cancel));
        throw new RoomRefusal(detail, problems);
    }

    private static (string Detail, IReadOnlyList<SceneProblemView> Problems) Read(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var detail = json.RootElement.TryGetProperty("detail", out var d) ? d.ToString() : text;
            return (detail, json.RootElement.TryGetProperty("problems", out var p) ? p.Deserialize<List<SceneProblemView>>() ?? [] : []);
        }
        catch (JsonException)
        {
            return (text.Length > 300 ? text[..300] : text, []);
        }
    }
}

/// <summary>The hub said no, and why.</summary>
internal sealed class RoomRefusal(string message, IReadOnlyList<SceneProblemView> problems) : Exception(message)
{
    public IReadOnlyList<SceneProblemView> Problems => problems;
}
