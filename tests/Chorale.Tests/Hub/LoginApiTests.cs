using System.Net;
using System.Net.Http.Json;
using System.Text;
using Chorale.Hub.Access;

namespace Chorale.Tests.Hub;

public sealed class LoginApiTests
{
    [Fact]
    public async Task A_client_logs_in_by_form_or_json_by_body_or_header_and_the_body_wins()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = new HttpClient { BaseAddress = hub.Url };
        var client = hub.Host.Tokens.Issue(CredentialKind.Client, "65a1b2c3d4e5f60718293a4b");
        (string, string)[] good = [("client_id", client.Subject), ("client_secret", client.Secret)];

        Assert.Equal("200", await PostAsync(http, "/oauth/token", Form([("grant_type", "client_credentials"), .. good])));
        Assert.Equal("200", await PostAsync(http, "/oauth/token", Form(good)));
        Assert.Equal("200", await PostAsync(http, "/oauth/token", JsonContent.Create(good.ToDictionary(p => p.Item1, p => p.Item2))));
        Assert.Equal("200", await PostAsync(http, "/auth/jwt/login", Form([("username", client.Subject), ("password", client.Secret)])));
        Assert.Equal("200", await PostAsync(http, "/oauth/token", Form(good), basic: "wrong:wrong"));
        Assert.Equal("401 invalid_client", await PostAsync(http, "/oauth/token", Form([("client_id", "other"), ("client_secret", client.Secret)])));
        Assert.Equal("401 invalid_client", await PostAsync(http, "/oauth/token", Form([("client_id", client.Subject), ("client_secret", "x")])));
        Assert.Equal("400 invalid_request", await PostAsync(http, "/oauth/token", Form([("grant_type", "authorization_code"), .. good])));
        Assert.Equal("400 invalid_request", await PostAsync(http, "/oauth/token", Form([("grant_type", "client_credentials")])));
        var get = await http.GetAsync("/oauth/token");
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "Method Not Allowed"), (get.StatusCode, await get.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task Guessing_passwords_ends_in_429_with_a_time_to_wait_and_only_there()
    {
        var time = new ManualTime();
        await using var hub = await TestHub.StartAsync(time: time);
        using var http = new HttpClient { BaseAddress = hub.Url };
        var person = hub.Host.Tokens.Issue(CredentialKind.Operator, "ada");
        var wrong = new Dictionary<string, string> { ["username"] = "ada", ["password"] = "guess" };
        for (var n = 0; n < 10; n++) Assert.Equal(HttpStatusCode.Unauthorized, (await http.PostAsJsonAsync("/api/v1/auth/login", wrong)).StatusCode);

        var throttled = await http.PostAsJsonAsync("/api/v1/auth/login", new Dictionary<string, string> { ["username"] = "ada", ["password"] = person.Secret });
        Assert.Equal(HttpStatusCode.TooManyRequests, throttled.StatusCode);
        Assert.Equal(60, throttled.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        var upload = await RawHttp.SendAsync(hub.Url, new RecorderAgentClient(hub.IssueDevice()).Request(OggChunk.Make(1)));
        Assert.Equal(200, upload.Status); // a stranger's guessing does not stop a recorder behind the same router

        time.Advance(TimeSpan.FromSeconds(61));
        var later = await http.PostAsJsonAsync("/api/v1/auth/login", new Dictionary<string, string> { ["username"] = "ada", ["password"] = person.Secret });
        Assert.Equal(HttpStatusCode.OK, later.StatusCode);
    }

    [Fact]
    public async Task A_token_of_a_day_ends_with_the_very_credential_it_was_given_for()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = new HttpClient { BaseAddress = hub.Url };
        var old = hub.Host.Tokens.Issue(CredentialKind.Operator, "ada");
        var reply = await http.PostAsync("/api/v1/auth/login", Form([("username", "ada"), ("password", old.Secret)]));
        var token = System.Text.Json.JsonDocument.Parse(await reply.Content.ReadAsStringAsync()).RootElement.GetProperty("access_token").GetString();
        var client = hub.Host.Tokens.Issue(CredentialKind.Client, "65a1b2c3d4e5f60718293a4b");
        var login = await http.PostAsync("/oauth/token", Form([("client_id", client.Subject), ("client_secret", client.Secret)]));
        var upload = System.Text.Json.JsonDocument.Parse(await login.Content.ReadAsStringAsync()).RootElement.GetProperty("access_token").GetString();

        hub.Host.Tokens.Issue(CredentialKind.Operator, "ada"); // her next one
        hub.Host.Tokens.Issue(CredentialKind.Client, client.Subject);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.BadRequest), (await AskAsync("GET", "/api/v2/tokens", token), await AskAsync("POST", "/api/audio/ingest", upload)));
        hub.Host.Tokens.Revoke(old.Id);
        hub.Host.Tokens.Revoke(client.Id);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (await AskAsync("GET", "/api/v2/tokens", token), await AskAsync("POST", "/api/audio/ingest", upload)));

        async Task<HttpStatusCode> AskAsync(string method, string path, string? bearer)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.Authorization = new("Bearer", bearer);
            using var answer = await http.SendAsync(request);
            return answer.StatusCode;
        }
    }

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("192.0.2.7", "::ffff:192.0.2.7", true)]
    [InlineData("192.0.2.7", "192.0.2.8", false)]
    public void Guesses_from_one_house_count_together_and_from_two_houses_do_not(string guesses, string asks, bool isHeldUp)
    {
        var throttle = new LoginThrottle(new ManualTime());
        for (var n = 0; n < 10; n++) throttle.Failed(IPAddress.Parse(guesses));
        Assert.Equal(isHeldUp, throttle.Wait(IPAddress.Parse(asks)) > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_wrong_operator_hears_the_words_of_the_contract()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = new HttpClient { BaseAddress = hub.Url };
        var reply = await http.PostAsync("/api/v1/auth/login", Form([("username", "a"), ("password", "b")]));
        Assert.Equal(HttpStatusCode.Unauthorized, reply.StatusCode);
        Assert.Equal("""{"detail":"Incorrect username or password"}""", await reply.Content.ReadAsStringAsync());
    }

    [Fact]
    public void A_token_is_read_only_as_it_was_signed_and_until_it_ends()
    {
        var time = new ManualTime();
        var signer = new TokenSigner(new byte[32], time);
        var token = signer.Sign(new() { ["principal"] = "p" });
        Assert.Equal("p", (string?)signer.Read(token)!["principal"]);
        var parts = token.Split('.');
        string B64(string s) => Convert.ToBase64String(Encoding.UTF8.GetBytes(s)).TrimEnd('=');
        Assert.Null(signer.Read($"{parts[0]}.{B64("""{"principal":"q","exp":99999999999}""")}.{parts[2]}"));
        Assert.Null(signer.Read($"{B64("""{"alg":"none"}""")}.{parts[1]}."));
        Assert.Null(signer.Read("..."));
        Assert.Null(signer.Read(token + "x"));
        Assert.Null(new TokenSigner([.. Enumerable.Repeat((byte)1, 32)], time).Read(token));
        time.Advance(TimeSpan.FromDays(1));
        Assert.Null(signer.Read(token));
    }

    private static FormUrlEncodedContent Form(IEnumerable<(string Name, string Value)> fields) => new(fields.ToDictionary(f => f.Name, f => f.Value));

    private static async Task<string> PostAsync(HttpClient http, string path, HttpContent content, string? basic = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        if (basic is not null) request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(basic)));
        using var reply = await http.SendAsync(request);
        var body = await reply.Content.ReadAsStringAsync();
        return (int)reply.StatusCode == 200 ? "200" : $"{(int)reply.StatusCode} {System.Text.Json.JsonDocument.Parse(body).RootElement.GetProperty("error").GetString()}";
    }
}
