using System.Net;
using System.Text;
using Chorale.Hub;
using Chorale.Hub.Access;
using Chorale.Hub.Settings;

namespace Chorale.Tests.Hub;

public sealed class OperatorGateTests
{
    [Fact]
    public async Task On_loopback_without_credentials_the_machine_may_read_and_nobody_may_change()
    {
        await using var hub = await TestHub.StartAsync();
        Assert.Equal(200, await GetAsync(hub, "/api/v2/openapi.json"));
        Assert.Equal(401, await GetAsync(hub, "/api/v2/openapi.json", host: "evil.example"));
        Assert.Equal(401, await GetAsync(hub, "/api/v2/openapi.json", method: "DELETE"));
        
    }

    [Fact]
    public async Task Once_there_is_an_operator_everybody_is_asked()
    {
        await using var hub = await TestHub.StartAsync();
        var ada = hub.Host.Tokens.Issue(CredentialKind.Operator, "ada");
        string Basic(string name, string secret) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{secret}"));
        const string path = "/api/v2/openapi.json";
        Assert.Equal(401, await GetAsync(hub, path));
        Assert.Equal(200, await GetAsync(hub, path, Basic("ada", ada.Secret)));
        Assert.Equal(200, await GetAsync(hub, path, "Bearer " + ada.Secret));
        Assert.Equal(401, await GetAsync(hub, path, Basic("bob", ada.Secret)));
        Assert.Equal(401, await GetAsync(hub, path, "Bearer " + hub.IssueDevice()));
        Assert.Equal(401, await GetAsync(hub, path, "Basic %%%"));
        Assert.Equal(403, await GetAsync(hub, path, Basic("ada", ada.Secret), method: "DELETE", origin: "https://evil.example"));
        Assert.Equal(200, await GetAsync(hub, "/health"));
        hub.Host.Tokens.Revoke("ada");
        hub.Host.Tokens.Issue(CredentialKind.Operator, "eve");
        Assert.Equal(401, await GetAsync(hub, path, "Bearer " + ada.Secret));
    }

    [Fact]
    public async Task Beyond_loopback_nothing_is_open_before_there_is_a_user_and_http_is_warned_of()
    {
        using var folder = new TempFolder();
        await using var hub = await TestHub.StartAsync(s => s with { Listen = [new ListenAddress(IPAddress.Any, 0)] }, folder);
        Assert.True(hub.Log.Has("http_beyond_loopback"));
        var link = hub.Host.MakeFirstLink()!;
        Assert.StartsWith($"http://{Environment.MachineName}:{hub.Url.Port}/#/welcome/chorale_link_", link, StringComparison.Ordinal);
        Assert.DoesNotContain(hub.Log.Lines, l => l.Text.Contains("chorale_link_", StringComparison.Ordinal));
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{hub.Url.Port}") };
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/api/v2/openapi.json")).StatusCode);
        http.DefaultRequestHeaders.Authorization = new("Bearer", hub.Host.Tokens.Issue(CredentialKind.Operator, "ada").Secret);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/v2/openapi.json")).StatusCode);
        Assert.Null(hub.Host.MakeFirstLink());
    }

    [Fact]
    public async Task A_port_in_use_is_named_with_the_way_to_find_who_has_it()
    {
        await using var hub = await TestHub.StartAsync();
        var port = hub.Url.Port;
        var error = await Assert.ThrowsAsync<HubStartException>(() => TestHub.StartAsync(s => s with { Listen = [new ListenAddress(IPAddress.Loopback, port)] }));
        Assert.Contains($"port {port} is in use", error.Message, StringComparison.Ordinal);
        Assert.Contains($"ss -ltnp 'sport = :{port}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_has_the_keys_of_both_originals_and_tells_the_truth()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = new HttpClient { BaseAddress = hub.Url };
        var health = System.Text.Json.JsonDocument.Parse(await http.GetStringAsync("/health")).RootElement;
        Assert.Equal("ok", health.GetProperty("status").GetString());
        Assert.True(health.GetProperty("db").GetBoolean());
        Assert.True(health.GetProperty("storage_writable").GetBoolean());
        Assert.Equal(health.GetProperty("time").GetString(), health.GetProperty("timestamp").GetString());

        Directory.Delete(Path.Combine(hub.Host.Store.Folder, "incoming"));
        health = System.Text.Json.JsonDocument.Parse(await http.GetStringAsync("/health")).RootElement;
        Assert.Equal(("degraded", false), (health.GetProperty("status").GetString(), health.GetProperty("storage_writable").GetBoolean()));
    }

    private static async Task<int> GetAsync(TestHub hub, string path, string? authorization = null, string method = "GET", string host = "localhost", string? origin = null)
    {
        var request = $"{method} {path} HTTP/1.1\nHost: {host}\nConnection: close\n"
            + (authorization is null ? "" : $"Authorization: {authorization}\n") + (origin is null ? "" : $"Origin: {origin}\n") + "\n";
        return (await RawHttp.SendAsync(hub.Url, RawHttp.Text(request))).Status;
    }
}
