using System.Buffers.Binary;
using System.Text;
using Chorale.Archive.Index;

namespace Chorale.Tests.Hub;

/// <summary>
/// Files as the field sends them. Each is refused with a reason or kept with a label that says what is wrong; the hub never fails, what was
/// kept can be heard, and the next good chunk is taken.
/// </summary>
public sealed class DamagedFilesTests
{
    private const int Rate = 16_000;

    public static TheoryData<string, string> Refused => new()
    {
        { "0 bytes", "Empty file" },
        { "all NUL", "No audio in the file: all 60000 bytes are zero" },
        { "one NUL", "No audio in the file" },
        { "Ogg header only", "No audio in the file" },
        { "half an Ogg header", "No" },
        { "WAV header only", "No audio in the file" },
        { "half a WAV header", "No audio in the file" },
        { "a web page", "Not an audio file" },
        { "a picture", "Not an audio file" },
        { "noise", "Not an audio file" },
        { "an Ogg page of something else", "Not an audio file" },
        { "text that begins like WAV", "No" },
    };

    /// <summary>What it is, seconds that are kept, and what the label has to say.</summary>
    public static TheoryData<string, double, string> Kept => new()
    {
        { "NUL tail", 60, "torn: good to byte" },
        { "torn last page", 59, "torn: good to byte" },
        { "truncated", 29, "torn: good to byte" },
        { "a flipped byte in the middle", 59, "has a hole" },
        { "a hole of zeros in the middle", 57, "has a hole" },
        { "two files in one", 60, "pages of another stream" },
        { "longer than announced", 120, "holds 120.0 s, announced as 60.0 s" },
        { "WAV size 0", 60, "the header says 0 bytes" },
        { "WAV sizes 44 too large", 60, "the header says" },
        { "WAV sizes doubled", 60, "the header says" },
        { "WAV size unknown", 60, "the header says" },
        { "WAV truncated", 30, "the header says" },
        { "WAV with half a frame at its end", 60, "torn: good to byte" },
        { "WAV announced as Opus", 60, "announced as opus, is wav" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_holds_no_audio_is_refused_with_the_reason(string what, string reason)
    {
        await using var hub = await TestHub.StartAsync();
        var agent = new RecorderAgentClient(hub.IssueDevice());
        for (var i = 0; i < 3; i++) // an agent that knows no "never" comes again and again
        {
            var reply = await RawHttp.SendAsync(hub.Url, agent.Request(File(what)));
            Assert.Equal(422, reply.Status);
            Assert.Contains(reason, TestHub.Json(reply).GetProperty("detail").GetString());
        }

        Assert.Contains(reason, Assert.Single(hub.Refused()), StringComparison.Ordinal);
        Assert.Empty(hub.Chunks());
        await AssertGoesOnAsync(hub, agent);
    }

    [Theory]
    [MemberData(nameof(Kept))]
    public async Task What_holds_some_audio_is_kept_as_it_is_and_labelled(string what, double seconds, string label)
    {
        await using var hub = await TestHub.StartAsync();
        var agent = new RecorderAgentClient(hub.IssueDevice());
        var file = File(what);
        var isWav = what.StartsWith("WAV", StringComparison.Ordinal);
        var reply = await RawHttp.SendAsync(hub.Url, agent.Request(file, codec: isWav && !what.Contains("as Opus", StringComparison.Ordinal) ? "wav" : "opus"));

        Assert.Equal((200, "ok"), (reply.Status, TestHub.Json(reply).GetProperty("status").GetString()));
        var row = Assert.Single(hub.Chunks());
        Assert.Contains(label, row.Label ?? "no label", StringComparison.Ordinal);
        Assert.InRange((row.EndUs - row.StartUs) / 1e6, seconds - 1.01, seconds + 0.01);
        Assert.Equal(file, hub.Stored(row)); // what arrived is evidence
        await AssertHeardAsync(hub, row);
        await AssertGoesOnAsync(hub, agent);
    }

    [Fact]
    public async Task Starts_that_overlap_and_clocks_that_were_not_set_are_kept_and_said()
    {
        await using var hub = await TestHub.StartAsync();
        var agent = new RecorderAgentClient(hub.IssueDevice());
        async Task<string?> LabelOf(string start, string end, int seed)
        {
            var reply = await RawHttp.SendAsync(hub.Url, agent.Request(OggChunk.Make(60, seed), start, end));
            Assert.Equal(200, reply.Status);
            var id = TestHub.Json(reply).GetProperty("chunk_id").GetString();
            return hub.Chunks().Single(c => c.ChunkId == id).Label;
        }

        Assert.Null(await LabelOf("2026-01-05T10:00:00", "2026-01-05T10:01:00", 1));
        Assert.Null(await LabelOf("2026-01-05T10:01:00", "2026-01-05T10:02:00", 2));
        Assert.Matches("^overlaps [0-9a-f-]{36} by 30.00 s", await LabelOf("2026-01-05T10:01:30", "2026-01-05T10:02:30", 3));
        Assert.Contains("clock was not set: starts 1970-01-01", await LabelOf("1970-01-01T00:00:07", "1970-01-01T00:01:07", 4));
        Assert.Contains("after it was received", await LabelOf("2099-01-01T00:00:00", "2099-01-01T00:01:00", 5));
    }

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("2024-02-30T25:00:00")]
    [InlineData("2026-13-01T00:00:00")]
    [InlineData("0001-01-01T00:00:00")]
    [InlineData("9999-12-31T23:59:59")]
    [InlineData("99999999999999999999")]
    [InlineData("2026-01-05T10:00:00+99:00")]
    public async Task A_time_that_cannot_be_is_refused_by_its_name_and_nothing_fails(string start)
    {
        await using var hub = await TestHub.StartAsync();
        var agent = new RecorderAgentClient(hub.IssueDevice());
        var reply = await RawHttp.SendAsync(hub.Url, agent.Request(OggChunk.Make(1), start));
        Assert.Equal(422, reply.Status);
        Assert.Contains("start_ts", reply.Body, StringComparison.Ordinal);
        await AssertGoesOnAsync(hub, agent);
    }

    /// <summary>A range over it is whole, whatever is in the file.</summary>
    private static async Task AssertHeardAsync(TestHub hub, ChunkRow row)
    {
        using var http = new HttpClient { BaseAddress = hub.Url };
        foreach (var format in (string[])["wav", "opus"])
        {
            using var answer = await http.GetAsync($"/api/v2/recorders/{row.RecorderId}/range?from={row.StartUs}&to={row.EndUs}&format={format}");
            Assert.Equal(200, (int)answer.StatusCode);
            Assert.NotEmpty(await answer.Content.ReadAsByteArrayAsync());
        }

        var peaks = await http.GetAsync($"/api/v2/recorders/{row.RecorderId}/peaks?from={row.StartUs}&to={row.EndUs}");
        Assert.Equal(200, (int)peaks.StatusCode);
    }

    private static async Task AssertGoesOnAsync(TestHub hub, RecorderAgentClient agent)
    {
        var reply = await RawHttp.SendAsync(hub.Url, agent.Request(OggChunk.Make(60, seed: 99), "2026-01-06T10:00:00", "2026-01-06T10:01:00"));
        Assert.Equal(200, reply.Status);
        Assert.Null(hub.Chunks()[^1].Label);
        Assert.DoesNotContain(hub.Log.Lines, l => l.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(hub.Host.Store.Folder, "incoming")));
    }

    private static byte[] File(string what)
    {
        var opus = OggChunk.Make(60);
        var wav = WavFile.Make(60 * Rate, Rate);
        byte[] Sized(int riff, int data)
        {
            BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(4), riff);
            BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(40), data);
            return wav;
        }

        switch (what)
        {
            case "0 bytes": return [];
            case "all NUL": return new byte[60_000];
            case "one NUL": return new byte[1];
            case "Ogg header only": return opus[..HeaderBytes(opus)];
            case "half an Ogg header": return opus[..20];
            case "WAV header only": return WavFile.Make(0, Rate);
            case "half a WAV header": return wav[..30];
            case "a web page": return Encoding.UTF8.GetBytes("<!doctype html><title>Please log in to the hotel's network</title>" + new string(' ', 5000));
            case "a picture": return [0xFF, 0xD8, 0xFF, 0xE0, 0, 16, .. "JFIF"u8, .. Noise(40_000)];
            case "noise": return Noise(100_000);
            case "an Ogg page of something else": return [.. "OggS"u8, 0, 2, .. Noise(3000)];
            case "text that begins like WAV": return [.. "RIFF    WAVE and so on"u8];
            case "NUL tail": return [.. opus, .. new byte[8192]];
            case "torn last page": return opus[..^100];
            case "truncated": return opus[..(opus.Length / 2)];
            case "a flipped byte in the middle": opus[opus.Length / 2] ^= 0x10; return opus;
            case "a hole of zeros in the middle": opus.AsSpan(opus.Length / 2, 4096).Clear(); return opus;
            case "two files in one": return [.. opus, .. OggChunk.Make(60, seed: 2)];
            case "longer than announced": return OggChunk.Make(120);
            case "WAV size 0": return Sized(0, 0);
            case "WAV sizes 44 too large": return Sized(wav.Length + 36, wav.Length);
            case "WAV sizes doubled": return Sized(wav.Length * 2 - 8, (wav.Length - 44) * 2);
            case "WAV size unknown": return Sized(-1, -1);
            case "WAV truncated": return wav[..(wav.Length / 2)];
            case "WAV with half a frame at its end": return wav[..^1];
            case "WAV announced as Opus": return wav;
            default: throw new ArgumentOutOfRangeException(nameof(what), what, null);
        }
    }

    /// <summary>Where the third page begins.</summary>
    private static int HeaderBytes(byte[] opus)
    {
        var at = 4;
        for (var page = 0; page < 2; page++) at += opus.AsSpan(at).IndexOf("OggS"u8) + 4;
        return at - 4;
    }

    private static byte[] Noise(int bytes)
    {
        var noise = new byte[bytes];
        new Random(7).NextBytes(noise);
        return noise;
    }
}
