using System.Security.Cryptography;
using Chorale.Audio.Files;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Upload;

namespace Chorale.Tests.Upload;

/// <summary>The request to an Ingest API, byte for byte where existing servers depend on it.</summary>
public sealed class IngestRequestTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TestLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Parts_come_in_the_order_and_shape_that_an_existing_server_knows()
    {
        await using var server = await ScriptedIngest.StartAsync();
        var chunk = Chunks.Make(_folder, number: 1);
        Assert.Equal(UploadOutcome.Accepted, (await SendAsync(server, chunk)).Outcome);

        var request = server.Seen.Single();
        Assert.Equal(("POST", "/api/v1/chunks", "HTTP/1.1"), (request.Method, request.Path, request.Protocol));
        Assert.Equal("Bearer secret-token", request.Headers["Authorization"]);
        Assert.Equal(request.Body.Length.ToString(), request.Headers["Content-Length"]);
        Assert.False(request.Headers.ContainsKey("Transfer-Encoding"));
        Assert.False(request.Headers.ContainsKey("Expect"));
        Assert.Equal(
            ["point_id", "register_id", "device_id", "start_ts", "end_ts", "codec", "sample_rate", "channels", "chunk_file"], request.Parts.Select(p => p.Name));
        Assert.Equal(
            [Ids.Point, Ids.Register, Ids.Device, "2026-01-05T10:01:00.000123+00:00", "2026-01-05T10:02:00.000123+00:00", "opus", "48000", "1"],
            request.Parts.SkipLast(1).Select(p => p.Text));
        Assert.All(request.Parts.SkipLast(1), p => Assert.Equal([$"Content-Disposition: form-data; name=\"{p.Name}\""], p.HeaderLines));
        Assert.Equal(
            ["Content-Disposition: form-data; name=\"chunk_file\"; filename=\"chunk_20260105_100100.ogg\"", "Content-Type: audio/ogg"],
            request.Parts[^1].HeaderLines);
        Assert.Equal(File.ReadAllBytes(chunk.Path), request.Parts[^1].Bytes);
    }

    [Fact]
    public async Task Headers_name_the_chunk_its_content_and_its_place_in_the_run()
    {
        await using var server = await ScriptedIngest.StartAsync();
        var gap = new GapEntry(1, 2, 48, "xrun");
        var chunk = Chunks.Make(_folder, number: 3, gaps: [gap]);
        await SendAsync(server, chunk);

        var headers = server.Seen.Single().Headers;
        Assert.Equal($"kitchen/{Chunks.Run}/3", headers["Idempotency-Key"]);
        Assert.Equal($"sha-256=:{Convert.ToBase64String(SHA256.HashData(File.ReadAllBytes(chunk.Path)))}:", headers["Content-Digest"]);
        Assert.True(UploadHeaders.TryParseDigest(headers["Content-Digest"], out var hex));
        Assert.Equal(chunk.Sha256, hex);
        Assert.True(ChunkHeader.TryDecode(headers["Chorale-Chunk"], out var header));
        Assert.Equal(("kitchen", Chunks.Run, 3, 3 * 2_880_000L, 2_880_000L, 48000, "ok"),
            (header!.Recorder, header.Run, header.Number, header.FirstFrame, header.Frames, header.RateHz, header.State));
        Assert.Equal((12.5, 300), (header.RatePpm, header.UncertaintyUs));
        Assert.Equal([gap], header.Gaps!);
    }

    [Theory]
    [InlineData(AudioCodec.Wav, "wav", "audio/wav", "chunk_20260105_100000.wav")]
    [InlineData(AudioCodec.Flac, "flac", "audio/flac", "chunk_20260105_100000.flac")]
    public async Task Other_codecs_say_what_they_are(AudioCodec codec, string field, string type, string name)
    {
        await using var server = await ScriptedIngest.StartAsync();
        await SendAsync(server, Chunks.Make(_folder, codec: codec));
        var request = server.Seen.Single();
        Assert.Equal(field, request.Part("codec").Text);
        Assert.Equal([$"Content-Disposition: form-data; name=\"chunk_file\"; filename=\"{name}\"", $"Content-Type: {type}"], request.Part("chunk_file").HeaderLines);
    }

    [Fact]
    public async Task Thousands_of_gaps_before_a_chunk_still_fit_into_one_header_line_and_their_sum_is_right()
    {
        await using var server = await ScriptedIngest.StartAsync();
        var gaps = Enumerable.Range(0, 3000).Select(i => new GapEntry(i * 1000, i * 1000 + 500, 24, i % 3 == 0 ? "xrun" : "muted")).ToList();
        await SendAsync(server, Chunks.Make(_folder, gaps: gaps));
        var text = server.Seen.Single().Headers["Chorale-Chunk"];
        Assert.True(text.Length <= 6 * 1024, $"{text.Length} characters");
        Assert.True(ChunkHeader.TryDecode(text, out var header));
        Assert.Equal([("xrun", 24_000), ("muted", 48_000)], header!.Gaps!.Select(g => (g.Cause, g.Frames)));
    }

    [Fact]
    public async Task Chunks_follow_each_other_on_one_connection()
    {
        await using var server = await ScriptedIngest.StartAsync();
        using var sink = Sink(server);
        for (var n = 0; n < 5; n++) await sink.SendAsync(Chunks.Make(_folder, n), default);
        Assert.Equal(5, server.Seen.Count);
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task A_base_address_with_a_path_and_a_slash_at_the_end_is_kept()
    {
        await using var server = await ScriptedIngest.StartAsync();
        using var sink = new IngestSink(Ids.Options(server.Url + "/audio/"), TimeProvider.System, _log);
        await sink.SendAsync(Chunks.Make(_folder), default);
        Assert.Equal("/audio/api/v1/chunks", server.Seen.Single().Path);
    }

    [Theory]
    [InlineData("audio.example.com")]
    [InlineData("ftp://audio.example.com")]
    [InlineData("https://user:word@audio.example.com")]
    [InlineData("")]
    public void An_address_that_cannot_be_used_is_refused_by_name(string address)
    {
        var e = Assert.Throws<ArgumentException>(() => new IngestSink(Ids.Options(address), TimeProvider.System, _log));
        Assert.Contains("server address", e.Message);
        Assert.DoesNotContain("word", e.Message.Replace("password", ""));
    }

    [Fact]
    public void Http_beyond_loopback_is_warned_about_and_loopback_is_not()
    {
        using (new IngestSink(Ids.Options("http://127.0.0.1:9"), TimeProvider.System, _log)) Assert.False(_log.Has("upload_unencrypted"));
        using (new IngestSink(Ids.Options("https://audio.example.com"), TimeProvider.System, _log)) Assert.False(_log.Has("upload_unencrypted"));
        using (new IngestSink(Ids.Options("http://audio.example.com"), TimeProvider.System, _log)) Assert.True(_log.Has("upload_unencrypted"));
    }

    private async Task<UploadResult> SendAsync(ScriptedIngest server, Recorder.Spool.SpoolChunk chunk)
    {
        using var sink = Sink(server);
        return await sink.SendAsync(chunk, default);
    }

    private IngestSink Sink(ScriptedIngest server) => new(Ids.Options(server.Url), TimeProvider.System, _log, () => "ok");
}

internal static class Ids
{
    public const string Point = "00000000-0000-0000-0000-000000000001";
    public const string Register = "00000000-0000-0000-0000-000000000002";
    public const string Device = "00000000-0000-0000-0000-000000000003";

    public static IngestOptions Options(string url) => new(new ServerOptions(url), Point, Register, Device, "secret-token");
}
