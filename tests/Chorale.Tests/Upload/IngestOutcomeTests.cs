using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Chorale.Recorder.Upload;

namespace Chorale.Tests.Upload;

/// <summary>What the answers of a server, or their absence, do to a chunk.</summary>
public sealed class IngestOutcomeTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TestLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_receipt_gives_the_name_that_the_server_chose()
    {
        var result = await AskAsync(Answers.Store);
        Assert.Equal((UploadOutcome.Accepted, "5e0c4a3e-0000-4000-8000-000000000001"), (result.Outcome, result.RemoteId));
    }

    [Theory]
    [InlineData(413, "File exceeds maximum size of 10485760 bytes")]
    [InlineData(415, "unsupported")]
    [InlineData(422, "Empty file")]
    public async Task A_refusal_of_the_chunk_itself_is_for_good_and_says_why(int status, string why)
    {
        var result = await AskAsync(Answers.Say(status, $$"""{"detail":"{{why}}"}"""));
        Assert.Equal((UploadOutcome.Rejected, $"{status}: {why}"), (result.Outcome, result.Detail));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task Refused_credentials_raise_the_alarm_and_never_cost_a_chunk(int status)
    {
        var result = await AskAsync(Answers.Say(status, """{"detail":"Invalid or disabled device token"}"""));
        Assert.Equal((UploadOutcome.Unavailable, true, false), (result.Outcome, result.IsCredentialProblem, result.MayBeTheChunk));
    }

    [Theory]
    [InlineData(400, true)]
    [InlineData(404, false)]
    [InlineData(405, false)]
    [InlineData(407, false)]
    [InlineData(408, true)]
    [InlineData(409, true)]
    [InlineData(429, false)]
    [InlineData(500, true)]
    [InlineData(502, true)]
    [InlineData(503, false)]
    public async Task Every_other_refusal_means_later(int status, bool mayBeTheChunk)
    {
        var result = await AskAsync(Answers.Say(status, """{"detail":"no"}"""));
        Assert.Equal((UploadOutcome.Unavailable, false, mayBeTheChunk, status), (result.Outcome, result.IsCredentialProblem, result.MayBeTheChunk, result.StatusCode));
    }

    [Theory]
    [InlineData(201)]
    [InlineData(202)]
    [InlineData(204)]
    public async Task Only_200_is_a_receipt(int status) =>
        Assert.Equal(UploadOutcome.Unavailable, (await AskAsync(Answers.Say(status, status == 204 ? "" : """{"status":"ok"}"""))).Outcome);

    [Theory]
    [InlineData("<html><body>Welcome to our hotel</body></html>", "text/html")]
    [InlineData("", "text/plain")]
    [InlineData("{}", "application/json")]
    [InlineData("[]", "application/json")]
    [InlineData("null", "application/json")]
    [InlineData("\"ok\"", "application/json")]
    [InlineData("{\"status\":\"error\"}", "application/json")]
    [InlineData("{\"status\":7}", "application/json")]
    [InlineData("{\"status\":\"ok\"", "application/json")]
    public async Task A_200_that_is_not_our_receipt_counts_for_nothing(string text, string type)
    {
        var result = await AskAsync(Answers.Say(200, text, type));
        Assert.Equal((UploadOutcome.Unavailable, 200), (result.Outcome, result.StatusCode));
        Assert.Contains("no receipt", result.Detail);
    }

    [Theory]
    [InlineData("120", 120)]
    [InlineData("0", 0)]
    public async Task Retry_after_in_seconds_is_passed_on(string header, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), (await AskAsync(Answers.Say(429, "{}", retryAfter: header))).RetryAfter);

    [Fact]
    public async Task Retry_after_as_a_date_is_passed_on()
    {
        var result = await AskAsync(Answers.Say(503, "{}", retryAfter: DateTimeOffset.UtcNow.AddMinutes(10).ToString("r")));
        Assert.InRange(result.RetryAfter!.Value, TimeSpan.FromMinutes(8), TimeSpan.FromMinutes(10));
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up_when_nothing_moves()
    {
        var result = await AskAsync(Answers.Hang, progress: TimeSpan.FromSeconds(1));
        Assert.Equal((UploadOutcome.Unavailable, true), (result.Outcome, result.MayBeTheChunk));
        Assert.Contains("nothing moved", result.Detail);
    }

    [Fact]
    public async Task A_line_that_is_slow_but_moves_is_left_alone()
    {
        await using var server = await ScriptedIngest.StartAsync();
        await using var line = new TcpFaultProxy(server.Port) { Delay = TimeSpan.FromMilliseconds(70) };
        using var sink = Sink(line.Url, TimeSpan.FromSeconds(2));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(UploadOutcome.Accepted, (await sink.SendAsync(Chunks.Make(_folder, bytes: 4_000_000), default)).Outcome);
        Assert.True(watch.Elapsed > TimeSpan.FromSeconds(4), $"took {watch.Elapsed}, shorter than the time-out it should outlast");
    }

    [Fact]
    public async Task A_reset_in_the_middle_of_the_body_means_later()
    {
        var result = await AskAsync(Answers.ResetMidBody, bytes: 4_000_000);
        Assert.Equal((UploadOutcome.Unavailable, true, 0), (result.Outcome, result.MayBeTheChunk, result.StatusCode));
    }

    [Fact]
    public async Task A_line_cut_before_a_whole_piece_of_the_body_is_out_was_a_line_all_the_same()
    {
        await using var server = await ScriptedIngest.StartAsync();
        await using var line = new TcpFaultProxy(server.Port) { CutAfterBytesUp = 1 };
        using var sink = Sink(line.Url);
        var chunk = Chunks.Make(_folder, bytes: 4_000_000);
        for (var n = 0; n < 40; n++) // the reset meets the head, a piece, or the question whether to send
        {
            var result = await sink.SendAsync(chunk, default);
            Assert.Equal((UploadOutcome.Unavailable, true), (result.Outcome, result.MayBeTheChunk));
        }
    }

    [Fact]
    public async Task A_line_cut_in_the_middle_of_the_body_means_later_and_the_next_attempt_arrives_whole()
    {
        await using var server = await ScriptedIngest.StartAsync();
        await using var line = new TcpFaultProxy(server.Port) { CutAfterBytesUp = 100_000 };
        using var sink = Sink(line.Url);
        var chunk = Chunks.Make(_folder, bytes: 400_000);
        Assert.Equal(UploadOutcome.Unavailable, (await sink.SendAsync(chunk, default)).Outcome);
        Assert.Empty(server.Stored);
        line.CutAfterBytesUp = int.MaxValue;
        Assert.Equal(UploadOutcome.Accepted, (await sink.SendAsync(chunk, default)).Outcome);
        Assert.Equal(File.ReadAllBytes(chunk.Path), server.Stored.Values.Single());
    }

    [Fact]
    public async Task A_connection_that_died_silently_while_idle_costs_one_time_out_and_no_more()
    {
        await using var server = await ScriptedIngest.StartAsync();
        await using var line = new TcpFaultProxy(server.Port);
        using var sink = Sink(line.Url, TimeSpan.FromSeconds(1));
        Assert.Equal(UploadOutcome.Accepted, (await sink.SendAsync(Chunks.Make(_folder, 0), default)).Outcome);
        line.Fault = LineFault.HalfOpen;
        Assert.Equal(UploadOutcome.Unavailable, (await sink.SendAsync(Chunks.Make(_folder, 1), default)).Outcome);
        line.Fault = LineFault.None;
        Assert.Equal(UploadOutcome.Accepted, (await sink.SendAsync(Chunks.Make(_folder, 1), default)).Outcome);
    }

    [Fact]
    public async Task A_refusal_before_the_body_is_read_is_understood_at_the_second_attempt()
    {
        await using var server = await ScriptedIngest.StartAsync();
        server.Default = Answers.RefuseUnread(413, """{"detail":"too big"}""");
        using var sink = Sink(server.Url);
        var chunk = Chunks.Make(_folder, bytes: 30_000_000);
        var result = await sink.SendAsync(chunk, default);
        if (result.Outcome != UploadOutcome.Rejected) result = await sink.SendAsync(chunk, default);
        Assert.Equal((UploadOutcome.Rejected, "413: too big"), (result.Outcome, result.Detail));
    }

    [Fact]
    public async Task A_reply_lost_after_the_server_stored_the_chunk_does_not_make_two()
    {
        await using var server = await ScriptedIngest.StartAsync();
        server.Script.Enqueue(Answers.StoreButDropReply);
        using var sink = Sink(server.Url);
        var chunk = Chunks.Make(_folder);
        Assert.Equal(UploadOutcome.Unavailable, (await sink.SendAsync(chunk, default)).Outcome);
        Assert.Equal(UploadOutcome.Accepted, (await sink.SendAsync(chunk, default)).Outcome);
        Assert.Equal(2, server.Seen.Count);
        Assert.Single(server.Seen.Select(r => r.Headers["Idempotency-Key"]).Distinct());
        Assert.Single(server.Stored);
    }

    [Fact]
    public async Task Nobody_listening_is_no_fault_of_the_chunk()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        using var sink = Sink($"http://127.0.0.1:{port}");
        var result = await sink.SendAsync(Chunks.Make(_folder), default);
        Assert.Equal((UploadOutcome.Unavailable, false, 0), (result.Outcome, result.MayBeTheChunk, result.StatusCode));
        Assert.StartsWith("no connection:", result.Detail);
    }

    [Theory]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_that_keeps_the_method_is_followed_with_body_and_token(int status)
    {
        await using var server = await ScriptedIngest.StartAsync();
        server.Script.Enqueue(Answers.Say(status, "", location: "/elsewhere/api/v1/chunks"));
        using var sink = Sink(server.Url);
        Assert.Equal(UploadOutcome.Accepted, (await sink.SendAsync(Chunks.Make(_folder), default)).Outcome);
        var second = server.Seen.Last();
        Assert.Equal(("POST", "/elsewhere/api/v1/chunks", "Bearer secret-token"), (second.Method, second.Path, second.Headers["Authorization"]));
        Assert.Equal(5000, second.Part("chunk_file").Bytes.Length);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    public async Task A_redirect_that_would_turn_the_post_into_a_get_is_not_followed(int status)
    {
        await using var server = await ScriptedIngest.StartAsync();
        server.Script.Enqueue(Answers.Say(status, "", location: "/login"));
        using var sink = Sink(server.Url);
        var result = await sink.SendAsync(Chunks.Make(_folder), default);
        Assert.Equal(UploadOutcome.Unavailable, result.Outcome);
        Assert.Contains("GET", result.Detail);
        Assert.Single(server.Seen);
    }

    [Fact]
    public async Task A_redirect_to_another_server_gets_no_token()
    {
        await using var other = await ScriptedIngest.StartAsync();
        var result = await AskAsync(Answers.Say(307, "", location: other.Url + "/api/v1/chunks"));
        Assert.Equal(UploadOutcome.Unavailable, result.Outcome);
        Assert.Contains("no token", result.Detail);
        Assert.Equal(0, other.Begun);
    }

    [Fact]
    public async Task An_endless_redirect_ends()
    {
        await using var server = await ScriptedIngest.StartAsync();
        server.Default = Answers.Say(308, "", location: "/again");
        using var sink = Sink(server.Url);
        Assert.Equal(UploadOutcome.Unavailable, (await sink.SendAsync(Chunks.Make(_folder), default)).Outcome);
        Assert.InRange(server.Begun, 2, 6);
    }

    [Fact]
    public async Task A_server_that_echoes_the_token_does_not_get_it_into_our_words()
    {
        var result = await AskAsync(Answers.Say(401, """{"detail":"token secret-token\u0007 is unknown"}"""));
        Assert.Equal("401: token *** is unknown", result.Detail);
    }

    [Fact]
    public async Task A_file_that_is_gone_is_told_by_its_name()
    {
        using var sink = Sink("http://127.0.0.1:9");
        var chunk = Chunks.Make(_folder);
        File.Delete(chunk.Path);
        var e = await Assert.ThrowsAsync<FileNotFoundException>(() => sink.SendAsync(chunk, default));
        Assert.Contains(chunk.Path, e.Message);
    }

    [Fact]
    public async Task An_empty_file_is_not_sent()
    {
        await using var server = await ScriptedIngest.StartAsync();
        using var sink = Sink(server.Url);
        Assert.Equal(UploadOutcome.Rejected, (await sink.SendAsync(Chunks.Make(_folder, bytes: 0), default)).Outcome);
        Assert.Equal(0, server.Begun);
    }

    [Fact]
    public async Task A_private_authority_is_trusted_when_it_is_named_and_only_then()
    {
        using var authority = new CertificateRequest("CN=Our own authority", RSA.Create(2048), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .WithAuthority().CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        using var certificate = authority.Issue("127.0.0.1");
        File.WriteAllText(_folder["ca.pem"], authority.ExportCertificatePem());
        await using var server = await ScriptedIngest.StartAsync(certificate: certificate);
        var chunk = Chunks.Make(_folder);

        using (var stranger = Sink(server.Url))
        {
            var result = await stranger.SendAsync(chunk, default);
            Assert.Equal(UploadOutcome.Unavailable, result.Outcome);
            Assert.StartsWith("TLS:", result.Detail);
            Assert.Equal(0, server.Begun);
        }

        using var friend = new IngestSink(Ids.Options(server.Url) with { Server = new ServerOptions(server.Url, _folder["ca.pem"]) }, TimeProvider.System, _log);
        Assert.Equal(UploadOutcome.Accepted, (await friend.SendAsync(chunk, default)).Outcome);

        // The authority signed for 127.0.0.1 only.
        var byName = server.Url.Replace("127.0.0.1", "localhost");
        using var misnamed = new IngestSink(Ids.Options(byName) with { Server = new ServerOptions(byName, _folder["ca.pem"]) }, TimeProvider.System, _log);
        Assert.Equal(UploadOutcome.Unavailable, (await misnamed.SendAsync(chunk, default)).Outcome);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("this is no certificate")]
    public void A_CA_file_that_cannot_be_used_is_refused_by_name(string? content)
    {
        if (content is not null) File.WriteAllText(_folder["ca.pem"], content);
        var e = Assert.Throws<ArgumentException>(() => new IngestSink(
            Ids.Options("https://x") with { Server = new ServerOptions("https://x", _folder["ca.pem"]) }, TimeProvider.System, _log));
        Assert.Contains(_folder["ca.pem"], e.Message);
    }

    private async Task<UploadResult> AskAsync(IngestAnswer answer, TimeSpan? progress = null, int bytes = 5000)
    {
        await using var server = await ScriptedIngest.StartAsync();
        server.Script.Enqueue(answer);
        using var sink = Sink(server.Url, progress);
        return await sink.SendAsync(Chunks.Make(_folder, bytes: bytes), default);
    }

    private IngestSink Sink(string url, TimeSpan? progress = null) =>
        new(Ids.Options(url) with { Server = new ServerOptions(url) { ProgressTimeout = progress ?? TimeSpan.FromSeconds(20) } }, TimeProvider.System, _log);
}

internal static class Certificates
{
    public static CertificateRequest WithAuthority(this CertificateRequest request)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        return request;
    }

    /// <summary>A server certificate for one address, with its key.</summary>
    public static X509Certificate2 Issue(this X509Certificate2 authority, string address)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={address}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using var signed = request.Create(authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        using var withKey = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }
}
