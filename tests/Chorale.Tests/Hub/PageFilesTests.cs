using System.Net;
using System.Text.RegularExpressions;

namespace Chorale.Tests.Hub;

/// <summary>The page's files as the hub serves them.</summary>
public sealed class PageFilesTests
{
    private const int BudgetBytes = 150_000;

    [Fact]
    public async Task The_whole_page_is_at_most_150_kB_on_the_wire()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = new HttpClient { BaseAddress = hub.Url };
        http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("gzip");
        var total = 0L;
        foreach (var file in Files(await IndexAsync(hub)).Append("/"))
        {
            using var answer = await http.GetAsync(file, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("gzip", Assert.Single(answer.Content.Headers.ContentEncoding));
            total += (await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{total} bytes");
        Assert.InRange(total, 1_000, BudgetBytes);
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

    private static async Task<string> IndexAsync(TestHub hub)
    {
        using var plain = new HttpClient { BaseAddress = hub.Url };
        return await plain.GetStringAsync("/", TestContext.Current.CancellationToken);
    }

    private static IEnumerable<string> Files(string index) =>
        Regex.Matches(index, "(?:src|href)=\"\\./([^\"]+)\"").Select(m => "/" + m.Groups[1].Value);
}
