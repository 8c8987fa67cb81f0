using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Chorale.Audio.Files;
using Chorale.Tests.Hub;

namespace Chorale.Tests.Jobs;

/// <summary>Exports by the hub's API: what comes out, counted by decoders that are not ours.</summary>
public sealed class ExportJobTests : IAsyncLifetime
{
    private const int Rate = 48_000;
    private const long Zero = 1_767_614_400L * 1_000_000;
    private readonly TempFolder _out = new();
    private TestHub _hub = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await TestHub.StartAsync(s => s with { FreeBytesFloor = 1 << 20 });
        _http = new HttpClient { BaseAddress = _hub.Url };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _hub.DisposeAsync();
        _out.Dispose();
    }

    [Theory]
    [InlineData("wav")]
    [InlineData("flac")]
    [InlineData("opus")]
    public async Task Recorders_whose_crystals_differ_come_out_with_the_same_number_of_samples_and_no_lag(string format)
    {
        // 160 ppm between them: over twenty seconds 3.2 ms, 154 frames; and 44.1 kHz beside 48.
        await AddAsync("hall", 0, 90, Rate, AudioCodec.Flac, 4, 6);
        await AddAsync("stage", 0.4123457, -70, Rate, AudioCodec.Flac, 12, 2);
        await AddAsync("cellar", 0.3, 25, 44_100, AudioCodec.Wav, 3, 8);
        var from = Zero + 1_000_000;
        await RunAsync("e1", new { id = "e1", recorders = new[] { "hall", "stage", "cellar" }, from_us = from, to_us = from + 20_000_010, format, layout = "aligned" });
        var folder = await UnzipAsync("e1");
        var suffix = format == "opus" ? "ogg" : format;
        var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "manifest.json"))).RootElement;
        // 960 000.48 frames: the nearest is the end.
        var audio = new[] { "hall", "stage", "cellar" }.Select(n => Foreign(Path.Combine(folder, $"{n}.{suffix}"))).ToList();
        Assert.All(audio, a => Assert.Equal(960_000, a.Length));
        Assert.All(manifest.GetProperty("files").EnumerateArray(), f =>
        {
            Assert.Equal(960_000, f.GetProperty("frames").GetInt64());
            Assert.Equal(f.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, f.GetProperty("file").GetString()!)))));
        });
        var truth = Enumerable.Range(0, 960_000).Select(i => (float)HeardSound.Tones(1 + i / (double)Rate)).ToArray();
        foreach (var at in new[] { 5_000, 480_000, 900_000 })
        {
            foreach (var one in audio)
            {
                var offset = SoundOffset.Of(truth.AsSpan(at, 24_000), one.AsSpan(at, 24_000), 480);
                Assert.InRange(offset.Frames, -0.1, 0.1);
                Assert.InRange(offset.Likeness, format == "opus" ? 0.9 : 0.9999, 1.0001);
            }
        }
    }

    [Fact]
    public async Task What_is_missing_is_silence_of_its_length_and_told_with_its_cause()
    {
        await AddAsync("hall", 0, 10, Rate, AudioCodec.Flac, 6, 2, without: 2);
        await AddAsync("stage", 0, -10, Rate, AudioCodec.Flac, 6, 2);
        await RunAsync("e1", new { id = "e1", recorders = new[] { "hall", "stage" }, from_us = Zero, to_us = Zero + 12_000_000, format = "wav", layout = "multichannel" });
        var job = await JobAsync("e1");
        Assert.EndsWith(".wav", job.GetProperty("file").GetProperty("name").GetString());
        var file = _out["both.wav"];
        await File.WriteAllBytesAsync(file, await _http.GetByteArrayAsync("/api/v2/jobs/e1/file", TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        var both = Foreign(file, channels: 2);
        Assert.Equal(12 * Rate * 2, both.Length);
        for (var i = 4 * Rate + 100; i < 6 * Rate - 100; i++) Assert.Equal(0, both[2 * i]);
        foreach (var at in new[] { Rate, 7 * Rate, 11 * Rate })
        {
            var (left, right) = (Channel(both, at, 0), Channel(both, at, 1));
            Assert.InRange(SoundOffset.Of(left, right, 100).Frames, -0.05, 0.05);
        }

        var manifest = JsonDocument.Parse(await _http.GetStringAsync("/api/v2/jobs/e1/manifest", TestContext.Current.CancellationToken)).RootElement;
        var tracks = manifest.GetProperty("files")[0].GetProperty("tracks");
        Assert.Equal([1, 2], tracks.EnumerateArray().Select(t => t.GetProperty("first_channel").GetInt32()));
        var gap = Assert.Single(tracks[0].GetProperty("gaps").EnumerateArray());
        Assert.Equal("unknown", gap.GetProperty("cause").GetString());
        Assert.InRange(gap.GetProperty("duration_us").GetInt64(), 1_999_000, 2_001_000);
        Assert.Equal(40, tracks[0].GetProperty("uncertainty_us").GetDouble());

        // Parts of it can be had: a download that was cut off goes on.
        using var part = new HttpRequestMessage(HttpMethod.Get, "/api/v2/jobs/e1/file") { Headers = { Range = new(4, 11) } };
        using var answer = await _http.SendAsync(part, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal((await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken))[4..12], await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task One_recorder_alone_is_given_as_the_range_gives_it()
    {
        await AddAsync("hall", 0, 90, Rate, AudioCodec.Flac, 3, 2);
        var (from, to) = (Zero + 500_000, Zero + 5_500_000);
        await RunAsync("e1", new { id = "e1", recorders = new[] { "hall" }, from_us = from, to_us = to, format = "wav", layout = "separate" });
        var range = await _http.GetByteArrayAsync($"/api/v2/recorders/hall/range?from={from}&to={to}&format=wav", TestContext.Current.CancellationToken);
        Assert.Equal(range, await _http.GetByteArrayAsync("/api/v2/jobs/e1/file", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_cannot_be_exported_is_said_before_anything_is_begun()
    {
        await AddAsync("hall", 0, 0, Rate, AudioCodec.Flac, 1, 2);
        async Task<(HttpStatusCode Status, string Detail)> PostAsync(object body)
        {
            using var answer = await _http.PostAsJsonAsync("/api/v2/jobs/exports", body);
            return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("detail").GetString()!);
        }

        var to = Zero + 2_000_000;
        Assert.Equal((HttpStatusCode.BadRequest, "id is '../x': 1 to 64 of A-Z a-z 0-9 _ - are allowed"), await PostAsync(new { id = "../x", recorders = new[] { "hall" }, from_us = Zero, to_us = to }));
        Assert.Contains("there is no recorder 'attic'", (await PostAsync(new { id = "a", recorders = new[] { "attic" }, from_us = Zero, to_us = to })).Detail);
        Assert.Contains("allowed are opus, flac, wav", (await PostAsync(new { id = "a", recorders = new[] { "hall" }, from_us = Zero, to_us = to, format = "mp3" })).Detail);
        Assert.Contains("later than from_us", (await PostAsync(new { id = "a", recorders = new[] { "hall" }, from_us = to, to_us = Zero })).Detail);
        Assert.Contains("there is no audio", (await PostAsync(new { id = "a", recorders = new[] { "hall" }, from_us = to + 10_000_000, to_us = to + 20_000_000 })).Detail);
        Assert.Contains("there is no session 'nothing'", (await PostAsync(new { id = "a", session = "nothing" })).Detail);
        Assert.Empty((await _http.GetFromJsonAsync<JsonElement>("/api/v2/jobs", TestContext.Current.CancellationToken)).GetProperty("jobs").EnumerateArray());
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync("/api/v2/jobs/..%2F..%2Farchive.db/file", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _http.DeleteAsync("/api/v2/jobs/nothing", TestContext.Current.CancellationToken)).StatusCode);

        var estimate = await _http.PostAsJsonAsync("/api/v2/jobs/exports/estimate", new { recorders = new[] { "hall" }, from_us = Zero, to_us = to, format = "wav", layout = "separate" }, TestContext.Current.CancellationToken);
        var told = JsonDocument.Parse(await estimate.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        Assert.InRange(told.GetProperty("bytes").GetInt64(), 288_000, 293_000);
        Assert.Equal(JsonValueKind.Null, told.GetProperty("problem").ValueKind);
        var nothing = await _http.PostAsJsonAsync("/api/v2/jobs/exports/estimate", new { recorders = new[] { "hall" }, from_us = to + 10_000_000, to_us = to + 20_000_000 }, TestContext.Current.CancellationToken);
        told = JsonDocument.Parse(await nothing.EnsureSuccessStatusCode().Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        Assert.Contains("there is no audio", told.GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, told.GetProperty("files").GetInt32());
    }

    [Fact]
    public async Task A_hub_whose_disk_is_at_its_floor_refuses_with_the_figures()
    {
        await using var full = await TestHub.StartAsync(s => s with { FreeBytesFloor = 1L << 50 });
        await HeardSound.AddRunAsync(full.Host, "hall", HeardSound.Tones, Zero, 0, 0, Rate, AudioCodec.Flac, 1, 2);
        using var http = new HttpClient { BaseAddress = full.Url };
        using var answer = await http.PostAsJsonAsync("/api/v2/jobs/exports", new { id = "a", recorders = new[] { "hall" }, from_us = Zero, to_us = Zero + 2_000_000 }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.InsufficientStorage, answer.StatusCode);
        Assert.Contains("are to stay free", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Files_that_a_person_brings_are_taken_together_or_not_at_all()
    {
        HeardSound.WriteWav(_out["a.wav"], Rate, HeardSound.Hear(HeardSound.Tones, 0, 0, Rate, 0, Rate));
        var wav = await File.ReadAllBytesAsync(_out["a.wav"], TestContext.Current.CancellationToken);
        object Request(string id, int second) => new { id, recorder = "visitor", files = new object[] { new { name = "a.wav", bytes = wav.Length, start_us = Zero }, new { name = "text.wav", bytes = second, start_us = Zero } } };

        // Half of it, then cancelled.
        Assert.Equal(HttpStatusCode.Accepted, (await _http.PostAsJsonAsync("/api/v2/jobs/imports", Request("i1", 4), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await PutAsync("i1", 0, wav)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await PutAsync("i1", 0, wav)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await PutAsync("i1", 1, "tex"u8.ToArray())).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await PutAsync("i1", 2, wav)).StatusCode);
        Assert.Equal("waiting", (await JobAsync("i1")).GetProperty("state").GetString());
        Assert.Equal(HttpStatusCode.OK, (await _http.DeleteAsync("/api/v2/jobs/i1", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Empty(_hub.Chunks());
        Assert.Empty(Directory.GetFiles(Path.Combine(_hub.Host.Store.Folder, "incoming")));
        Assert.Equal(HttpStatusCode.NotFound, (await PutAsync("i1", 1, "text"u8.ToArray())).StatusCode);

        // All of it: one is audio, the other is not.
        await _http.PostAsJsonAsync("/api/v2/jobs/imports", Request("i2", 4), TestContext.Current.CancellationToken);
        await PutAsync("i2", 1, "text"u8.ToArray());
        await PutAsync("i2", 0, wav);
        await EndedAsync("i2");
        var job = await JobAsync("i2");
        Assert.Equal("done", job.GetProperty("state").GetString());
        Assert.Equal(["stored", "refused"], job.GetProperty("findings").EnumerateArray().Select(f => f.GetProperty("kind").GetString()));
        var chunk = Assert.Single(_hub.Chunks());
        Assert.Equal(("visitor", Zero, (long)Rate), (chunk.RecorderId, chunk.StartUs, chunk.Frames));
        Assert.Equal(wav, _hub.Stored(chunk));
    }

    [Fact]
    public async Task A_check_beside_a_hub_that_takes_in_and_deletes_finds_nothing_that_is_not_so()
    {
        await AddAsync("hall", 0, 0, Rate, AudioCodec.Opus, 4, 2);
        using var stop = new CancellationTokenSource();
        var busy = Task.Run(async () =>
        {
            for (var i = 1; !stop.IsCancellationRequested; i++) await AddAsync($"r{i}", i, 0, 8_000, AudioCodec.Wav, 3, 1);
        }, TestContext.Current.CancellationToken);
        for (var i = 0; i < 5; i++)
        {
            using var posted = await _http.PostAsJsonAsync("/api/v2/jobs/checks", new { id = $"c{i}" }, TestContext.Current.CancellationToken);
            await EndedAsync($"c{i}");
            Assert.Empty((await JobAsync($"c{i}")).GetProperty("findings").EnumerateArray());
        }

        await stop.CancelAsync();
        await busy;
        var gone = _hub.Chunks()[0];
        File.Delete(Path.Combine(_hub.Host.Store.Folder, gone.Path));
        using var last = await _http.PostAsJsonAsync("/api/v2/jobs/checks", new { id = "last", quick = true, repair = true }, TestContext.Current.CancellationToken);
        await EndedAsync("last");
        var finding = Assert.Single((await JobAsync("last")).GetProperty("findings").EnumerateArray());
        Assert.Equal(("file_missing", gone.Path), (finding.GetProperty("kind").GetString(), finding.GetProperty("name").GetString()));
        Assert.DoesNotContain(_hub.Chunks(), c => c.ChunkId == gone.ChunkId);
    }

    private Task AddAsync(string recorder, double first, double ppm, int rate, AudioCodec codec, int chunks, double seconds, int? without = null) =>
        HeardSound.AddRunAsync(_hub.Host, recorder, HeardSound.Tones, Zero, first, ppm, rate, codec, chunks, seconds, without);

    private async Task RunAsync(string id, object request)
    {
        using var answer = await _http.PostAsJsonAsync("/api/v2/jobs/exports", request);
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
        await EndedAsync(id);
        var job = await JobAsync(id);
        Assert.True(job.GetProperty("state").GetString() == "done", job.ToString());
    }

    private Task EndedAsync(string id) => Wait.Until($"job {id} has ended", async () => (await JobAsync(id)).GetProperty("state").GetString() is not ("waiting" or "running"), TimeSpan.FromMinutes(2));

    private Task<JsonElement> JobAsync(string id) => _http.GetFromJsonAsync<JsonElement>($"/api/v2/jobs/{id}");

    private Task<HttpResponseMessage> PutAsync(string id, int number, byte[] bytes) => _http.PutAsync($"/api/v2/jobs/{id}/files/{number}", new ByteArrayContent(bytes));

    private async Task<string> UnzipAsync(string id)
    {
        await File.WriteAllBytesAsync(_out["export.zip"], await _http.GetByteArrayAsync($"/api/v2/jobs/{id}/file"));
        await RunAsync("unzip", "-q", _out["export.zip"], "-d", _out["export"]);
        return _out["export"];
    }

    /// <summary>Decoded by ffmpeg, at the file's own rate.</summary>
    private static float[] Foreign(string path, int channels = 1)
    {
        var bytes = RunAsync("ffmpeg", "-v", "error", "-i", path, "-f", "f32le", "-ac", $"{channels}", "-").GetAwaiter().GetResult();
        return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray();
    }

    private static float[] Channel(float[] both, int at, int channel) => [.. Enumerable.Range(at, 12_000).Select(i => both[2 * i + channel])];

    private static async Task<byte[]> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(output);
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program}: {await error}");
        return output.ToArray();
    }
}
