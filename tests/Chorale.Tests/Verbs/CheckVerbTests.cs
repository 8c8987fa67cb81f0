using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Chorale.Recorder.Settings;
using Chorale.Recorder.Verbs;

namespace Chorale.Tests.Verbs;

/// <summary>The check against a real server on loopback and the libraries of this machine.</summary>
public sealed class CheckVerbTests : IDisposable
{
    private const string EmptyFile = """{"detail":"Empty file"}""";
    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, string> _environment = new() { ["PATH"] = "/usr/bin" };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_server_that_takes_token_and_ids_is_reached_step_by_step_and_nothing_is_stored()
    {
        await using var server = await ScriptedIngest.StartAsync();
        server.Default = Answers.Say(422, EmptyFile);
        Ingest(server.Url);
        var (code, steps) = await CheckAsync();
        Assert.Equal(["name", "connection", "TLS", "token and permission"], steps.Where(s => s.Area == "server").Select(s => s.Name));
        Assert.All(steps, s => Assert.NotEqual("failed", s.Result));
        Assert.Equal(0, code);
        var request = server.Seen.Single();
        Assert.Equal(("/api/v1/chunks", "Bearer t0ken-of-16-chars"), (request.Path, request.Headers["Authorization"]));
        Assert.Equal(["point_id", "register_id", "device_id", "start_ts", "end_ts", "codec", "sample_rate", "channels", "chunk_file"], request.Parts.Select(p => p.Name));
        Assert.Empty(request.Parts[^1].Bytes);
    }

    [Theory]
    [InlineData(401, """{"detail":"Invalid or disabled device token"}""", "token is refused")]
    [InlineData(403, "{}", "may not upload")]
    [InlineData(422, """{"detail":"device_id does not match authenticated device"}""", "does not match")]
    [InlineData(404, "not here", "there is no /api/v1/chunks")]
    [InlineData(200, "<html>Please log in</html>", "where a refusal is right")]
    public async Task What_the_server_answers_is_told_as_what_to_do(int status, string body, string words)
    {
        await using var server = await ScriptedIngest.StartAsync();
        server.Default = Answers.Say(status, body);
        Ingest(server.Url);
        var (code, steps) = await CheckAsync();
        var step = steps.Single(s => s.Name == "token and permission");
        Assert.Equal((1, "failed"), (code, step.Result));
        Assert.Contains(words, step.Detail);
    }

    [Fact]
    public async Task A_server_that_is_down_or_unknown_stops_the_walk_where_it_stops()
    {
        Ingest($"http://127.0.0.1:{FreePort()}");
        var (code, steps) = await CheckAsync();
        Assert.Equal((1, "failed"), (code, steps.Single(s => s.Name == "connection").Result));
        Assert.Equal("skipped", steps.Single(s => s.Name == "the rest").Result);

        Ingest("http://no-such-host.invalid");
        (_, steps) = await CheckAsync();
        Assert.Equal("failed", steps.Single(s => s.Name == "name").Result);
        Assert.DoesNotContain(steps, s => s.Name == "connection");
    }

    [Fact]
    public async Task A_private_authority_is_trusted_once_it_is_named()
    {
        using var certificate = SelfSigned();
        await using var server = await ScriptedIngest.StartAsync(certificate: certificate);
        server.Default = Answers.Say(422, EmptyFile);
        Ingest(server.Url);
        var (_, steps) = await CheckAsync();
        Assert.Equal("failed", steps.Single(s => s.Name == "TLS").Result);
        Assert.Contains("upload.ca_file", steps.Single(s => s.Name == "TLS").Advice);

        File.WriteAllText(_folder["ca.pem"], certificate.ExportCertificatePem());
        _environment["CHORALE_UPLOAD_CA_FILE"] = _folder["ca.pem"];
        (_, steps) = await CheckAsync();
        Assert.Equal("warning", steps.Single(s => s.Name == "TLS").Result); // valid for a week only
        Assert.Contains("two weeks", steps.Single(s => s.Name == "TLS").Advice);
        Assert.Equal("ok", steps.Single(s => s.Name == "token and permission").Result);
    }

    [Fact]
    public async Task A_Mycelia_server_is_asked_for_a_token_and_then_for_permission()
    {
        await using var server = await ScriptedIngest.StartAsync();
        server.Default = Answers.Say(400, "Audio file is required", "text/plain");
        _environment["MYCELIA_URL"] = server.Url;
        _environment["MYCELIA_CLIENT_ID"] = "id";
        _environment["MYCELIA_TOKEN"] = "mycelia_secret";
        var (code, steps) = await CheckAsync();
        Assert.Equal(0, code);
        Assert.Equal(["ok", "ok"], steps.Where(s => s.Name is "token" or "permission").Select(s => s.Result));
        Assert.Equal("Bearer token-1", server.Seen.Single(r => r.Path == "/api/audio/ingest").Headers["Authorization"]);

        server.TokenDefault = Answers.Say(401, """{"error":"invalid_client"}""");
        (code, steps) = await CheckAsync();
        Assert.Equal((1, "failed"), (code, steps.Single(s => s.Name == "token").Result));
    }

    [Fact]
    public async Task Wrong_settings_are_listed_and_end_with_78_and_the_libraries_are_checked_all_the_same()
    {
        _environment["CHORALE_RECORDING_CHUNK_SECONDS"] = "0";
        _environment["CHORALE_UPLOAD_TOKEN"] = "t0ken-of-16-chars";
        var output = new StringWriter();
        var code = await CheckVerb.RunAsync(Input(), new CheckParts(), TimeProvider.System, null, asJson: false, output, TestContext.Current.CancellationToken);
        Assert.Equal(78, code);
        Assert.Contains("recording.chunk_seconds = 0 (CHORALE_RECORDING_CHUNK_SECONDS): must be 1 to 3600 s", output.ToString());
        Assert.Contains("libsqlite3.so.0", output.ToString());
        Assert.DoesNotContain("t0ken", output.ToString());
    }

    [Fact]
    public async Task The_table_tells_every_setting_with_its_source_and_masks_secrets()
    {
        Ingest("http://127.0.0.1:1");
        var output = new StringWriter();
        await CheckVerb.RunAsync(Input(), new CheckParts(), TimeProvider.System, null, asJson: false, output, TestContext.Current.CancellationToken);
        Assert.Matches(@"upload\.token +\*\*\* +CHORALE_UPLOAD_TOKEN", output.ToString());
        Assert.Matches(@"recording\.codec +opus +default", output.ToString());
        Assert.DoesNotContain("t0ken", output.ToString());
    }

    [Fact]
    public async Task A_spool_that_cannot_be_written_and_a_floor_above_the_free_space_are_failures()
    {
        File.WriteAllText(_folder["file"], "");
        _environment["CHORALE_SPOOL_FOLDER"] = "/proc/chorale";
        _environment["CHORALE_SPOOL_OUTBOX"] = _folder["new/outbox"];
        _environment["CHORALE_SPOOL_MIN_FREE"] = "1000000TB";
        var (code, steps) = await CheckAsync();
        Assert.Equal(1, code);
        Assert.Equal("failed", steps.Single(s => s.Name == "/proc/chorale").Result);
        Assert.Equal("ok", steps.Single(s => s.Name == _folder["new/outbox"]).Result);
        Assert.Equal("failed", steps.Single(s => s.Name == "free space").Result);
        Assert.Equal(["file"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_health_port_that_is_taken_is_a_warning()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        _environment["CHORALE_HEALTH_PORT"] = ((IPEndPoint)other.LocalEndpoint).Port.ToString();
        var (code, steps) = await CheckAsync();
        Assert.Equal((0, "warning"), (code, steps.Single(s => s.Area == "health").Result));
    }

    [Fact]
    public async Task Parts_that_others_bring_are_run_and_recording_only_when_asked_for()
    {
        var parts = new CheckParts { Devices = _ => [new CheckStep("part", "devices", CheckResult.Ok, "")], Record = (_, length, _) => One($"recorded {length.TotalSeconds} s", CheckResult.Failed) };
        var (code, steps) = await CheckAsync(parts);
        Assert.Equal((0, "ok"), (code, steps.Single(s => s.Name == "devices").Result));
        (code, steps) = await CheckAsync(parts, TimeSpan.FromSeconds(5));
        Assert.Equal((1, "failed"), (code, steps.Single(s => s.Name == "recorded 5 s").Result));
    }

    [Fact]
    public async Task The_configured_microphone_is_opened_and_one_that_is_not_there_is_a_failure()
    {
        var (code, steps) = await CheckAsync();
        Assert.Equal((0, "ok"), (code, steps.Single(s => s.Name == "configured microphone (tone:)").Result));
        _environment["CHORALE_CAPTURE_DEVICE"] = "hw:7,7";
        (code, steps) = await CheckAsync();
        Assert.Equal((1, "failed"), (code, steps.Single(s => s.Name == "configured microphone (hw:7,7)").Result));
    }

    [Fact]
    public void The_flags_of_all_three_programs_are_understood()
    {
        var command = new System.CommandLine.Command("record");
        var read = RecorderFlags.AddTo(command);
        SettingsInput Parse(string line)
        {
            var parsed = command.Parse(line.Split(' '));
            Assert.Empty(parsed.Errors);
            return read(parsed);
        }

        var rsl = Parse("--id mic1 --broker b --port 1884 --topic t/u --samplerate 48000 --channels 2 --device hw:1,0 --log-level DEBUG --config-file c.json");
        Assert.Equal(["mic1", "b", "1884", "t/u", "48000", "2", "hw:1,0", "DEBUG"], rsl.Flags.Select(f => f.Text));
        Assert.Equal(("c.json", "--config-file"), (rsl.ConfigPath, rsl.ConfigFlag));
        Assert.Equal(("/etc/x.yaml", "--config"), (Parse("-c /etc/x.yaml --log-level INFO").ConfigPath, Parse("-c /etc/x.yaml").ConfigFlag));
        Assert.Equal("spool.index", Parse("--db q.db").Flags.Single().Key);
        var set = Parse("--set spool.max_gb=5 --set upload.url=https://a/?b=c --flavour mycelia");
        Assert.Equal([("spool.max_gb", "5"), ("upload.url", "https://a/?b=c")], set.Flags.Select(f => (f.Key, f.Text)));
        Assert.Equal(SettingsFlavour.Mycelia, set.Flavour);
        Assert.NotEmpty(command.Parse(["--flavour", "x"]).Errors);
        Assert.NotEmpty(command.Parse(["-c", "a", "--config-file", "b"]).Errors);
    }

    private static async IAsyncEnumerable<CheckStep> One(string name, CheckResult result)
    {
        await Task.CompletedTask;
        yield return new CheckStep("part", name, result, "");
    }

    private async Task<(int Code, List<(string Area, string Name, string Result, string Detail, string? Advice)> Steps)> CheckAsync(CheckParts? parts = null, TimeSpan? record = null)
    {
        var output = new StringWriter();
        var code = await CheckVerb.RunAsync(Input(), parts ?? new CheckParts(), TimeProvider.System, record, asJson: true, output, TestContext.Current.CancellationToken);
        Assert.DoesNotContain("t0ken-of-16", output.ToString());
        using var json = JsonDocument.Parse(output.ToString());
        Assert.Equal(code == 0, json.RootElement.GetProperty("ok").GetBoolean());
        return (code, [.. json.RootElement.GetProperty("steps").EnumerateArray().Select(s => (s.GetProperty("area").GetString()!, s.GetProperty("name").GetString()!,
            s.GetProperty("result").GetString()!, s.GetProperty("detail").GetString()!, s.GetProperty("advice").GetString()))]);
    }

    private SettingsInput Input() => new() { Environment = WithPort(), WorkingFolder = _folder.Path, HostName = "host", LooksInUsualPlaces = false };

    // The usual port may be taken by whatever else runs on this machine.
    private Dictionary<string, string> WithPort()
    {
        _environment.TryAdd("CHORALE_HEALTH_PORT", "0");
        _environment.TryAdd("CHORALE_CAPTURE_DEVICE", "tone:");
        return _environment;
    }

    private void Ingest(string url)
    {
        _environment["CHORALE_UPLOAD_URL"] = url;
        _environment["CHORALE_UPLOAD_TOKEN"] = "t0ken-of-16-chars";
        foreach (var id in new[] { "POINT", "REGISTER", "DEVICE" }) _environment[$"CHORALE_UPLOAD_{id}_ID"] = Guid.NewGuid().ToString();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(7));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }
}
