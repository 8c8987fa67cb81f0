using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Chorale.TestKit;

/// <summary>A browser without a window: keeps its cookie and sends what the page sends with it.</summary>
public sealed class PersonClient : IDisposable
{
    private readonly CookieContainer _cookies = new();
    private readonly HttpClient _http;

    public PersonClient(Uri hub)
    {
        Hub = hub;
        _http = new HttpClient(new HttpClientHandler { CookieContainer = _cookies, AllowAutoRedirect = false }) { BaseAddress = hub };
        _http.DefaultRequestHeaders.Add("X-Chorale-Page", "1");
    }

    public Uri Hub { get; }

    /// <summary>As the hub last told it; a test may spoil it.</summary>
    public string? Antiforgery { get; set; }

    public Cookie? Cookie => _cookies.GetCookies(Hub).FirstOrDefault();

    public static async Task<PersonClient> LoginAsync(Uri hub, string name, string password)
    {
        var person = new PersonClient(hub);
        using var reply = await person.PostAsync("/api/v2/session", new { name, password });
        if (reply.StatusCode != HttpStatusCode.OK) throw new InvalidOperationException($"{name} is not let in: {await reply.Content.ReadAsStringAsync()}");
        await person.TakeAsync(reply);
        return person;
    }

    public Task<HttpResponseMessage> PostAsync(string path, object body) => SendAsync(HttpMethod.Post, path, body);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body = null, HttpCompletionOption until = HttpCompletionOption.ResponseContentRead)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (Antiforgery is not null && method != HttpMethod.Get) request.Headers.Add("X-Chorale-Antiforgery", Antiforgery);
        return await _http.SendAsync(request, until);
    }

    public async Task<int> StatusAsync(HttpMethod method, string path, object? body = null)
    {
        using var reply = await SendAsync(method, path, body, HttpCompletionOption.ResponseHeadersRead);
        return (int)reply.StatusCode;
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var reply = await SendAsync(HttpMethod.Get, path);
        return JsonDocument.Parse(await reply.EnsureSuccessStatusCode().Content.ReadAsStringAsync()).RootElement;
    }

    /// <summary>Who the hub says this is.</summary>
    public async Task<JsonElement> WhoAsync()
    {
        var who = await GetAsync("/api/v2/session");
        Antiforgery = who.GetProperty("antiforgery").GetString();
        return who;
    }

    public async Task TakeAsync(HttpResponseMessage loggedIn) =>
        Antiforgery = JsonDocument.Parse(await loggedIn.Content.ReadAsStringAsync()).RootElement.GetProperty("antiforgery").GetString();

    public void Bearer(string secret) => _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);

    public void Dispose() => _http.Dispose();
}
