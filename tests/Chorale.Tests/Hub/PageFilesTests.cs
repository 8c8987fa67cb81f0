using System.IO.Compression;
using System.Net;
using System.Text.RegularExpressions;

namespace Chorale.Tests.Hub;

/// <summary>The page's files as the hub serves them.</summary>
public sealed class PageFilesTests
{
    [Theory]
    [InlineData("gzip", "in English", 120_000)] // the page before anybody looks closer at audio, as any browser takes it
    [InlineData("gzip", "in Russian", 150_000)] // with the words of another language
    [InlineData("br", "whole", 175_000)] // with everything that is loaded later, over https and on the machine itself
    public async Task The_page_keeps_within_its_kilobytes_on_the_wire(string packing, string what, int budgetBytes)
    {
        await using var hub = await TestHub.StartAsync();
        using var http = new HttpClient { BaseAddress = hub.Url };
        http.DefaultRequestHeaders.AcceptEncoding.ParseAdd(packing);
        var total = 0L;
        var embedded = Embedded();
        Assert.True(embedded.Count(f => f.EndsWith(".js", StringComparison.Ordinal)) > 1, "what is loaded later is not among them"); // the two libraries, a language
        var atOnce = Files(await IndexAsync(hub)).Append("/");
        foreach (var file in what == "whole" ? embedded : what == "in English" ? atOnce : atOnce.Append(embedded.Single(f => f.StartsWith("/assets/ru-", StringComparison.Ordinal))))
        {
            Assert.Contains(file, embedded);
            using var answer = await http.GetAsync(file, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(packing, Assert.Single(answer.Content.Headers.ContentEncoding));
            total += (await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{total} bytes");
        Assert.InRange(total, 1_000, budgetBytes);
    }

    [Theory]
    [InlineData("gzip, deflate, br", "br")]
    [InlineData("gzip, deflate", "gzip")]
    [InlineData("identity", "")]
    public async Task A_file_is_the_same_however_it_is_packed(string taken, string packed)
    {
        await using var hub = await TestHub.StartAsync();
        using var plain = new HttpClient { BaseAddress = hub.Url };
        using var http = new HttpClient { BaseAddress = hub.Url };
        http.DefaultRequestHeaders.AcceptEncoding.ParseAdd(taken);
        foreach (var file in Embedded())
        {
            using var answer = await http.GetAsync(file, TestContext.Current.CancellationToken);
            Assert.Equal(packed, string.Join(',', answer.Content.Headers.ContentEncoding));
            await using var body = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
            await using Stream read = packed switch { "br" => new BrotliStream(body, CompressionMode.Decompress), "gzip" => new GZipStream(body, CompressionMode.Decompress), _ => body };
            using var whole = new MemoryStream();
            await read.CopyToAsync(whole, TestContext.Current.CancellationToken);
            Assert.Equal(await plain.GetByteArrayAsync(file, TestContext.Current.CancellationToken), whole.ToArray());
        }
    }

    [Fact]
    public async Task Nothing_is_inline_and_nothing_comes_from_elsewhere()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = new HttpClient { BaseAddress = hub.Url };
        var index = await IndexAsync(hub);
        Assert.DoesNotMatch("<style|style=|onload=|<script(?![^>]* src=)|//[a-z]", index);
        foreach (var file in Files(index).Append("/"))
        {
            using var answer = await http.GetAsync(file, TestContext.Current.CancellationToken);
            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.Matches("^default-src 'none'; script-src 'self'; style-src 'self' 'sha256-[A-Za-z0-9+/=]{44}';", policy); // the one style of the waveform, by its content
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        }
    }

    [Fact]
    public async Task Files_are_kept_by_the_browser_and_the_first_one_is_asked_for_each_time()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = new HttpClient { BaseAddress = hub.Url };
        using var first = await http.GetAsync("/", TestContext.Current.CancellationToken);
        Assert.Equal("no-cache", first.Headers.CacheControl!.ToString());
        using var again = new HttpRequestMessage(HttpMethod.Get, "/");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await http.SendAsync(again, TestContext.Current.CancellationToken)).StatusCode);
        var script = Files(await IndexAsync(hub)).First(f => f.EndsWith(".js", StringComparison.Ordinal));
        using var kept = await http.GetAsync(script, TestContext.Current.CancellationToken);
        Assert.Contains("immutable", kept.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        Assert.Equal("text/javascript", kept.Content.Headers.ContentType!.MediaType);
    }

    /// <summary>Every file of the page that is in the program, whether or not the first one names it.</summary>
    private static List<string> Embedded() =>
        [.. typeof(Chorale.Hub.HubHost).Assembly.GetManifestResourceNames().Where(n => n.StartsWith("web/", StringComparison.Ordinal) && !n.EndsWith(".br", StringComparison.Ordinal)).Select(n => n == "web/index.html" ? "/" : "/" + n["web/".Length..])];

    private static async Task<string> IndexAsync(TestHub hub)
    {
        using var plain = new HttpClient { BaseAddress = hub.Url };
        return await plain.GetStringAsync("/", TestContext.Current.CancellationToken);
    }

    private static IEnumerable<string> Files(string index) =>
        Regex.Matches(index, "(?:src|href)=\"\\./([^\"]+)\"").Select(m => "/" + m.Groups[1].Value);
}
