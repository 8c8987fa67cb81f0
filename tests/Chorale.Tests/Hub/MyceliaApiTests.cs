using Chorale.Hub.Access;

namespace Chorale.Tests.Hub;

public sealed class MyceliaApiTests
{
    private const string ClientId = "65a1b2c3d4e5f60718293a4b";

    [Fact]
    public async Task An_unchanged_recorder_gets_a_token_and_its_chunks_are_kept_as_they_came()
    {
        await using var hub = await TestHub.StartAsync();
        var token = await LogInAsync(hub);
        var wav = WavFile.Make(MyceliaClient.FramesPerChunk);
        Assert.Equal(321_580, wav.Length);

        var first = await RawHttp.SendAsync(hub.Url, MyceliaClient.Upload(token, MyceliaClient.Data(0), wav));

        Assert.Equal(200, first.Status);
        var json = TestHub.Json(first);
        Assert.True(json.GetProperty("success").GetBoolean());
        Assert.True(json.GetProperty("streaming").GetBoolean());
        Assert.Equal(0, json.GetProperty("chunk_number").GetInt32());
        Assert.Equal(321_580, json.GetProperty("file_size").GetInt64());
        Assert.Equal(10_048, json.GetProperty("duration_ms").GetDouble());
        Assert.Equal("2026-01-05T10:00:00.123456Z", json.GetProperty("start_time").GetString());
        var source = json.GetProperty("source_file_id").GetString()!;
        Assert.Matches("^[0-9a-f]{24}$", source);

        var data = MyceliaClient.Data(1, source, start: "2026-01-05T10:00:10.171456+00:00");
        var second = await RawHttp.SendAsync(hub.Url, MyceliaClient.Upload(token, data, WavFile.Make(MyceliaClient.FramesPerChunk, seed: 2), 1));
        Assert.Equal(200, second.Status);
        Assert.Equal(source, TestHub.Json(second).GetProperty("source_file_id").GetString());

        var rows = hub.Chunks();
        Assert.Equal(2, rows.Count);
        Assert.Equal(("wav", 16_000, 160_768L), (rows[0].Codec, rows[0].RateHz, rows[0].Frames));
        Assert.Equal(wav, hub.Stored(rows[0]));
        Assert.All(rows, r => Assert.Null(r.Label));
    }

    [Fact]
    public async Task A_follow_up_that_lost_its_source_id_joins_its_recording()
    {
        await using var hub = await TestHub.StartAsync();
        var token = await LogInAsync(hub);
        var wav = WavFile.Make(16_000);
        var first = TestHub.Json(await RawHttp.SendAsync(hub.Url, MyceliaClient.Upload(token, MyceliaClient.Data(0), wav)));

        // The same recording, its start written in another zone.
        var data = MyceliaClient.Data(7, start: "2026-01-05T10:01:10+00:00", recordingStart: "2026-01-05T11:00:00.123456+01:00");
        var later = TestHub.Json(await RawHttp.SendAsync(hub.Url, MyceliaClient.Upload(token, data, WavFile.Make(16_000, seed: 3), 7)));
        var other = MyceliaClient.Data(7, start: "2026-01-05T12:01:10+00:00", recordingStart: "2026-01-05T12:00:00+00:00");
        var elsewhere = TestHub.Json(await RawHttp.SendAsync(hub.Url, MyceliaClient.Upload(token, other, WavFile.Make(16_000, seed: 4), 7)));

        Assert.Equal(first.GetProperty("source_file_id").GetString(), later.GetProperty("source_file_id").GetString());
        Assert.NotEqual(first.GetProperty("source_file_id").GetString(), elsewhere.GetProperty("source_file_id").GetString());
    }

    [Fact]
    public async Task Ten_seconds_of_digital_silence_twice_are_two_chunks_and_a_repeat_is_one()
    {
        await using var hub = await TestHub.StartAsync();
        var token = await LogInAsync(hub);
        var silence = WavFile.Make(16_000, seed: 0);
        var first = await RawHttp.SendAsync(hub.Url, MyceliaClient.Upload(token, MyceliaClient.Data(0), silence));
        var again = await RawHttp.SendAsync(hub.Url, MyceliaClient.Upload(token, MyceliaClient.Data(0), silence));
        var next = MyceliaClient.Data(1, start: "2026-01-05T10:00:01.123456+00:00");
        var second = await RawHttp.SendAsync(hub.Url, MyceliaClient.Upload(token, next, silence, 1));

        Assert.Equal(first.Body, again.Body);
        Assert.Equal(200, second.Status);
        Assert.Equal(2, hub.Chunks().Count);
    }

    [Fact]
    public async Task What_is_wrong_is_said_in_the_words_of_the_contract()
    {
        await using var hub = await TestHub.StartAsync();
        var token = await LogInAsync(hub);
        var wav = WavFile.Make(1600);
        async Task<(int, string)> Send(string data, string type = "audio/wav", byte[]? file = null, string? bearer = null)
        {
            var reply = await RawHttp.SendAsync(hub.Url, MyceliaClient.Upload(bearer ?? token, data, file ?? wav, type: type));
            return (reply.Status, reply.Body);
        }

        Assert.Equal((401, "Token is missing or invalid"), await Send(MyceliaClient.Data(0), bearer: "nonsense"));
        Assert.Equal((400, "File must be an audio file"), await Send(MyceliaClient.Data(0), type: "text/plain"));
        Assert.Equal((400, "Invalid data JSON"), await Send("{not json"));
        Assert.Equal((400, "Validation error: start is required"), await Send("{}"));
        Assert.Equal((400, "Validation error: a field has the wrong type"), await Send("{\"start\":\"2026-01-05T10:00:00Z\",\"chunk_number\":\"x\"}"));
        Assert.Equal((400, "Source file ID is required for followup chunks"), await Send("{\"start\":\"2026-01-05T10:00:00Z\",\"chunk_number\":3}"));
        Assert.Equal((400, "Validation error: source_file_id is not allowed for chunk 0"), await Send(MyceliaClient.Data(0, "65a1b2c3d4e5f60718293a4b")));
        Assert.Equal((400, "Validation error: Empty file"), await Send(MyceliaClient.Data(0), file: []));
        Assert.Empty(hub.Chunks());
    }

    [Fact]
    public async Task A_source_that_began_on_another_server_is_taken_and_labelled()
    {
        await using var hub = await TestHub.StartAsync();
        var token = await LogInAsync(hub);
        const string source = "0123456789abcdef01234567";
        var reply = await RawHttp.SendAsync(hub.Url, MyceliaClient.Upload(token, MyceliaClient.Data(5, source), WavFile.Make(1600), 5));
        Assert.Equal(source, TestHub.Json(reply).GetProperty("source_file_id").GetString());
        Assert.Equal($"source {source} began elsewhere", Assert.Single(hub.Chunks()).Label);
    }

    [Fact]
    public async Task A_revoked_client_stops_at_the_next_request()
    {
        await using var hub = await TestHub.StartAsync();
        var token = await LogInAsync(hub);
        hub.Host.Tokens.Revoke(ClientId);
        var reply = await RawHttp.SendAsync(hub.Url, MyceliaClient.Upload(token, MyceliaClient.Data(0), WavFile.Make(1600)));
        Assert.Equal(401, reply.Status);
    }

    private static async Task<string> LogInAsync(TestHub hub)
    {
        var secret = hub.Host.Tokens.Issue(CredentialKind.Client, ClientId).Secret;
        var reply = await RawHttp.SendAsync(hub.Url, new MyceliaClient(ClientId, secret).TokenRequest());
        Assert.Equal(200, reply.Status);
        var json = TestHub.Json(reply);
        Assert.Equal(("bearer", 86_400, "*"),
            (json.GetProperty("token_type").GetString(), json.GetProperty("expires_in").GetInt32(), json.GetProperty("scope").GetString()));
        return json.GetProperty("access_token").GetString()!;
    }
}
