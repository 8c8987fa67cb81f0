using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Chorale.Tests.Archive.Range;

namespace Chorale.Tests.Hub;

public sealed class V2ApiTests : IAsyncLifetime
{
    private const long T0 = 1_767_614_400L * 1_000_000;
    private readonly TestLog _log = new();
    private HubArchive _archive = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _archive = await HubArchive.StartAsync(_log);
        _http = new HttpClient { BaseAddress = _archive.Address };
        await _archive.AddRunAsync("mic", T0, chunks: 3, secondsPerChunk: 2);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _archive.DisposeAsync();
    }

    [Fact]
    public async Task The_list_of_recorders_tells_state_level_and_age()
    {
        var one = Assert.Single((await JsonAsync("/api/v2/recorders")).GetProperty("recorders").EnumerateArray());
        Assert.Equal(("mic", "ok", -18.2), (one.GetProperty("id").GetString(), one.GetProperty("state").GetString(), one.GetProperty("rms_dbfs")[0].GetDouble()));
        Assert.InRange(one.GetProperty("last_chunk_end_us").GetInt64(), T0 + 6_000_000, T0 + 6_050_000);
    }

    [Fact]
    public async Task A_range_is_the_frames_asked_for_with_a_name_to_save_it_under()
    {
        using var answer = await _http.GetAsync($"/api/v2/recorders/mic/range?from={T0 + 1_500_000}&to=2026-01-05T12:00:04.5%2B00:00&format=wav");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("mic_20260105T120001Z_20260105T120004Z.wav", answer.Content.Headers.ContentDisposition!.FileName!.Trim('"'));
        Assert.Equal(3 * 48_000, RangeRig.Decode(new MemoryStream(await answer.Content.ReadAsByteArrayAsync())).Length);
    }

    [Fact]
    public async Task A_file_is_given_in_parts_as_it_was_received()
    {
        var chunk = (await JsonAsync($"/api/v2/recorders/mic/timeline?from={T0}&to={T0 + 6_000_000}")).GetProperty("recorders")[0].GetProperty("chunks")[0];
        var id = chunk.GetProperty("chunk_id").GetString();
        var size = (await JsonAsync($"/api/v2/chunks/{id}")).GetProperty("size_bytes").GetInt64();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v2/chunks/{id}/file");
        request.Headers.Range = new RangeHeaderValue(100, 199);
        using var part = await _http.SendAsync(request);
        Assert.Equal((HttpStatusCode.PartialContent, size), (part.StatusCode, part.Content.Headers.ContentRange!.Length!.Value));
        Assert.Equal((await _http.GetByteArrayAsync($"/api/v2/chunks/{id}/file"))[100..200], await part.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Peaks_are_computed_once_and_kept()
    {
        for (var i = 0; i < 2; i++)
        {
            var peaks = await JsonAsync($"/api/v2/recorders/mic/peaks?from={T0}&to={T0 + 6_000_000}");
            Assert.All(peaks.GetProperty("chunks").EnumerateArray(), c => Assert.Equal(40, c.GetProperty("points").GetArrayLength()));
        }

        Assert.Equal(3L, _archive.Hub.Index.Read(c => Dapper.SqlMapper.ExecuteScalar<long>(c, "SELECT COUNT(*) FROM peaks")));
    }

    [Theory]
    [InlineData("/api/v2/recorders/mic/range?from=yesterday&to=1", 400, "'yesterday'")]
    [InlineData("/api/v2/recorders/mic/range?from=5&to=4", 400, "later than from")]
    [InlineData("/api/v2/recorders/mic/range?from=1&to=2000000&format=mp3", 400, "opus, flac, wav")]
    [InlineData("/api/v2/recorders/mic/range?from=1&to=2000000&gaps=1", 400, "silence, skip")]
    [InlineData("/api/v2/recorders/mic/range?from=1&to=2000000", 404, "no audio")]
    [InlineData("/api/v2/recorders/nobody/range?from=1&to=2", 404, "nobody")]
    [InlineData("/api/v2/timeline?from=1&to=4000000000000000", 400, "36600 days")]
    [InlineData("/api/v2/timeline?from=1&to=2&detail=all", 400, "auto, chunks, spans, buckets")]
    [InlineData("/api/v2/chunks/none", 404, "no such chunk")]
    [InlineData("/api/v2/timeline?recorder=nobody&from=1&to=2", 404, "nobody")]
    [InlineData("/api/v2/levels?from=1&to=2", 400, "recorder is missing: allowed are 1 to 200")]
    [InlineData("/api/v2/levels?recorder=mic&from=1&to=2&steps=0", 400, "1 to 4000")]
    [InlineData("/api/v2/levels?recorder=nobody&from=1&to=2", 404, "nobody")]
    [InlineData("/api/v2/recorders/mic/peaks?from=1&to=2&points=many", 400, "'many'")]
    public async Task What_cannot_be_answered_names_the_value_and_what_is_allowed(string path, int status, string text)
    {
        using var answer = await _http.GetAsync(path);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains(text, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_page_comes_without_anything_inline_and_is_not_sent_twice()
    {
        using var page = await _http.GetAsync("/");
        Assert.Contains("script-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single());
        var html = await page.Content.ReadAsStringAsync();
        Assert.DoesNotContain("style=", html);
        Assert.DoesNotContain("<script>", html);
        using var again = new HttpRequestMessage(HttpMethod.Get, "/");
        again.Headers.IfNoneMatch.Add(page.Headers.ETag!);
        using var same = await _http.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
    }

    private async Task<JsonElement> JsonAsync(string path) => JsonDocument.Parse(await _http.GetStringAsync(path)).RootElement;
}
