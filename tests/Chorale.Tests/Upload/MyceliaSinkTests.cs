using System.Text;
using System.Text.Json;
using Chorale.Audio.Files;
using Chorale.Recorder.Spool;
using Chorale.Recorder.Upload;

namespace Chorale.Tests.Upload;

public sealed class MyceliaSinkTests : IAsyncLifetime
{
    private const string Source1 = "65a000000000000000000001";
    private const string Source2 = "65a000000000000000000002";
    private readonly TempFolder _folder = new();
    private readonly TestLog _log = new();
    private readonly ManualTime _time = new();
    private readonly Dictionary<DateTimeOffset, string> _sources = [];
    private ScriptedIngest _server = null!;
    private MyceliaSink _sink = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await ScriptedIngest.StartAsync();
        _sink = Sink();
    }

    public async ValueTask DisposeAsync()
    {
        _sink.Dispose();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_token_is_asked_for_in_the_words_of_the_real_recorder()
    {
        await SendAsync(0);
        var request = _server.Seen.First();
        Assert.Equal(("POST", "/oauth/token"), (request.Method, request.Path));
        Assert.Equal("grant_type=client_credentials", Encoding.ASCII.GetString(request.Body));
        Assert.Equal("application/x-www-form-urlencoded;charset=UTF-8", request.Headers["Content-Type"]);
        Assert.Equal("application/json", request.Headers["Accept"]);
        Assert.Equal("Basic " + Convert.ToBase64String("0123456789abcdef01234567:mycelia_secret"u8), request.Headers["Authorization"]);
    }

    [Fact]
    public async Task The_first_chunk_of_a_recording_comes_as_data_then_audio_and_names_no_source()
    {
        Assert.Equal(UploadOutcome.Accepted, (await SendAsync(0)).Outcome);
        var request = Uploads.Single();
        Assert.Equal("Bearer token-1", request.Headers["Authorization"]);
        Assert.Equal(["data", "audio"], request.Parts.Select(p => p.Name));
        Assert.Equal(["Content-Disposition: form-data; name=\"data\""], request.Parts[0].HeaderLines);
        Assert.Equal(
            """{"start":"2026-01-05T10:00:00.000123+00:00","chunk_number":0,"metadata":{"chunk_duration_ms":60000,"streaming":true,"recording_start":"2026-01-05T10:00:00.000123+00:00"}}""",
            request.Parts[0].Text);
        Assert.Equal(["Content-Disposition: form-data; name=\"audio\"; filename=\"chunk_0.wav\"", "Content-Type: audio/wav"], request.Parts[1].HeaderLines);
        Assert.Equal(Source1, _sources[Chunks.RecordingStart]);
    }

    [Fact]
    public async Task The_duration_is_what_the_file_holds_and_not_the_nominal_one()
    {
        await _sink.SendAsync(Wav(0) with { Frames = 160768, RateHz = 16000 }, default);
        Assert.Equal(10048, Data(Uploads.Single()).GetProperty("metadata").GetProperty("chunk_duration_ms").GetInt64());
    }

    [Fact]
    public async Task Following_chunks_name_the_source_even_after_a_restart()
    {
        await SendAsync(0);
        _sink.Dispose();
        _sink = Sink();
        await SendAsync(1);
        var data = Data(Uploads.Last());
        Assert.Equal((1, Source1), (data.GetProperty("chunk_number").GetInt32(), data.GetProperty("source_file_id").GetString()));
        Assert.Contains("filename=\"chunk_1.wav\"", Uploads.Last().Parts[1].HeaderLines[0]);
    }

    [Fact]
    public async Task A_backlog_of_two_recordings_is_filed_under_two_sources()
    {
        var second = Chunks.RecordingStart.AddHours(1);
        await SendAsync(0);
        _server.Script.Enqueue(Stored(Source2));
        await _sink.SendAsync(Wav(0) with { RecordingStartAt = second }, default);
        await SendAsync(1);
        await _sink.SendAsync(Wav(1) with { RecordingStartAt = second }, default);
        Assert.Equal([null, null, Source1, Source2], Uploads.Select(SourceOf));
    }

    [Fact]
    public async Task An_adopted_chunk_without_any_source_begins_one_instead_of_blocking_the_queue()
    {
        Assert.Equal(UploadOutcome.Accepted, (await SendAsync(7)).Outcome);
        Assert.Equal(UploadOutcome.Accepted, (await SendAsync(8)).Outcome);
        Assert.Equal([(0, null), (8, Source1)], Uploads.Select(u => (Data(u).GetProperty("chunk_number").GetInt32(), SourceOf(u))));
    }

    [Fact]
    public async Task An_adopted_chunk_whose_row_names_its_source_uses_that()
    {
        await _sink.SendAsync(Wav(4) with { SourceFileId = Source2 }, default);
        Assert.Equal(Source2, SourceOf(Uploads.Single()));
    }

    [Fact]
    public async Task A_first_chunk_set_aside_does_not_block_the_rest_of_its_recording()
    {
        _server.Script.Enqueue(Answers.Say(422, "no"));
        Assert.Equal(UploadOutcome.Rejected, (await SendAsync(0)).Outcome);
        Assert.Equal(UploadOutcome.Accepted, (await SendAsync(1)).Outcome);
        Assert.Equal(UploadOutcome.Accepted, (await SendAsync(2)).Outcome);
        Assert.Equal([null, null, Source1], Uploads.Select(SourceOf));

        _server.Script.Enqueue(Stored(Source2));
        Assert.Equal(UploadOutcome.Accepted, (await SendAsync(0)).Outcome); // a person let it try again
        await SendAsync(3);
        Assert.Equal(Source1, SourceOf(Uploads.Last()));
    }

    [Fact]
    public async Task A_server_that_forgot_the_source_gets_a_new_one_after_three_refusals()
    {
        _sources[Chunks.RecordingStart] = Source2;
        for (var i = 0; i < 3; i++) _server.Script.Enqueue(Answers.Say(500, "Audio processing failed: source file not found", "text/plain"));
        var chunk = Wav(5);
        for (var i = 0; i < 3; i++) Assert.Equal(UploadOutcome.Unavailable, (await _sink.SendAsync(chunk, default)).Outcome);
        Assert.Equal(UploadOutcome.Accepted, (await _sink.SendAsync(chunk, default)).Outcome);
        await SendAsync(6);
        Assert.Equal([Source2, Source2, Source2, null, Source1], Uploads.Select(SourceOf));
        Assert.True(_log.Has("upload_source_renewed"));
    }

    [Fact]
    public async Task A_server_that_fails_for_another_reason_keeps_the_source()
    {
        _sources[Chunks.RecordingStart] = Source2;
        for (var i = 0; i < 4; i++) _server.Script.Enqueue(Answers.Say(500, "Audio processing failed: disk full", "text/plain"));
        var chunk = Wav(5);
        for (var i = 0; i < 4; i++) await _sink.SendAsync(chunk, default);
        Assert.Equal(UploadOutcome.Accepted, (await _sink.SendAsync(chunk, default)).Outcome);
        Assert.Equal(Source2, SourceOf(Uploads.Last()));
        Assert.Equal(Source2, _sources[Chunks.RecordingStart]);
    }

    [Fact]
    public async Task An_outage_between_refusals_does_not_count_as_one()
    {
        _sources[Chunks.RecordingStart] = Source2;
        var chunk = Wav(5);
        foreach (var answer in (IngestAnswer[])[Answers.Say(500, "x"), Answers.Say(503, "x"), Answers.Say(500, "x"), Answers.Say(500, "x")])
        {
            _server.Script.Enqueue(answer);
            await _sink.SendAsync(chunk, default);
        }

        await _sink.SendAsync(chunk, default);
        Assert.All(Uploads, u => Assert.Equal(Source2, SourceOf(u)));
    }

    [Fact]
    public async Task A_token_is_used_until_a_minute_before_its_end()
    {
        _server.TokenDefault = Answers.Token("short", 3600);
        await SendAsync(0);
        _time.Advance(TimeSpan.FromSeconds(3600 - 61));
        await SendAsync(1);
        Assert.Equal(1, Tokens);
        _time.Advance(TimeSpan.FromSeconds(2));
        await SendAsync(2);
        Assert.Equal(2, Tokens);
    }

    [Fact]
    public async Task A_token_refused_is_renewed_once_and_the_chunk_arrives()
    {
        _server.TokenScript.Enqueue(Answers.Token("old", 86400));
        _server.Script.Enqueue(Answers.Say(401, "Token is missing or invalid", "text/plain"));
        Assert.Equal(UploadOutcome.Accepted, (await SendAsync(0)).Outcome);
        Assert.Equal(["Bearer old", "Bearer token-1"], Uploads.Select(u => u.Headers["Authorization"]));
    }

    [Fact]
    public async Task A_new_token_refused_too_is_a_credential_problem_and_not_a_loop()
    {
        _server.Default = Answers.Say(403, "no policy", "text/plain");
        var result = await SendAsync(0);
        Assert.Equal((UploadOutcome.Unavailable, true), (result.Outcome, result.IsCredentialProblem));
        Assert.Equal(2, Uploads.Count());
    }

    [Theory]
    [InlineData(401, "invalid_client")]
    [InlineData(400, "invalid_request")]
    public async Task A_wrong_client_is_a_credential_problem_and_no_audio_is_sent(int status, string error)
    {
        _server.TokenDefault = Answers.Say(status, $$"""{"error":"{{error}}"}""");
        var result = await SendAsync(0);
        Assert.Equal((UploadOutcome.Unavailable, true), (result.Outcome, result.IsCredentialProblem));
        Assert.Contains(error, result.Detail);
        Assert.Empty(Uploads);
    }

    [Theory]
    [InlineData(200, "<html>hello</html>")]
    [InlineData(200, "{}")]
    [InlineData(422, "{}")]
    [InlineData(500, "oops")]
    public async Task A_token_endpoint_out_of_order_never_costs_a_chunk(int status, string text)
    {
        _server.TokenDefault = Answers.Say(status, text, "text/html");
        var result = await SendAsync(0);
        Assert.Equal((UploadOutcome.Unavailable, false, false), (result.Outcome, result.IsCredentialProblem, result.MayBeTheChunk));
        Assert.Empty(Uploads);
    }

    [Theory]
    [InlineData("""{"success":false}""")]
    [InlineData("""{"success":true}""")]
    [InlineData("<html></html>")]
    public async Task A_first_chunk_is_stored_only_when_the_server_names_its_source(string text)
    {
        _server.Script.Enqueue(Answers.Say(200, text));
        Assert.Equal(UploadOutcome.Unavailable, (await SendAsync(0)).Outcome);
        Assert.Empty(_sources);
    }

    [Fact]
    public async Task A_newer_server_without_the_route_keeps_the_audio_waiting()
    {
        _server.Default = Answers.Say(404, "Not found", "text/plain");
        Assert.Equal((UploadOutcome.Unavailable, false), await SendAsync(0) is var r ? (r.Outcome, r.MayBeTheChunk) : default);
    }

    private IEnumerable<SeenRequest> Uploads => _server.Seen.Where(r => r.Path == "/api/audio/ingest");

    private int Tokens => _server.Seen.Count(r => r.Path == "/oauth/token");

    private static IngestAnswer Stored(string source) => Answers.Say(200, $$"""{"success":true,"chunk_id":"c","source_file_id":"{{source}}"}""");

    private static JsonElement Data(SeenRequest request) => JsonDocument.Parse(request.Part("data").Bytes).RootElement;

    private static string? SourceOf(SeenRequest request) => Data(request).TryGetProperty("source_file_id", out var id) ? id.GetString() : null;

    private SpoolChunk Wav(int number) => Chunks.Make(_folder, number, codec: AudioCodec.Wav);

    private Task<UploadResult> SendAsync(int number) => _sink.SendAsync(Wav(number), default);

    private MyceliaSink Sink() => new(
        new MyceliaOptions(new ServerOptions(_server.Url), "0123456789abcdef01234567", "mycelia_secret"),
        new SourceIds(start => _sources.GetValueOrDefault(start), (start, id) => _sources[start] = id), _time, _log);
}
