using System.CommandLine;
using System.Text.Json.Nodes;
using Chorale.Hub.Live;
using Chorale.Tests.Architecture;

namespace Chorale.Tests.Hub;

/// <summary>The document of the API; the page's types are made from a copy, and the build holds that to it.</summary>
public sealed class OpenApiTests
{
    [Fact]
    public async Task The_copy_that_the_page_was_built_from_is_what_the_hub_says_and_another_one_fails_the_build_with_its_line()
    {
        var copy = Path.Combine(RepositoryRoot.Path, "src/web/src/api/openapi.json");
        Assert.Equal((0, "", ""), await RunAsync("--check", copy));
        using var folder = new TempFolder();
        var lines = await File.ReadAllLinesAsync(copy, TestContext.Current.CancellationToken);
        var changed = Array.FindIndex(lines, l => l.Contains("\"live_lag_ms\"", StringComparison.Ordinal));
        lines[changed] = lines[changed].Replace("live_lag_ms", "live_lag_us", StringComparison.Ordinal);
        await File.WriteAllLinesAsync(folder["other.json"], lines, TestContext.Current.CancellationToken);
        var (code, _, error) = await RunAsync("--check", folder["other.json"]);
        Assert.Equal(1, code);
        Assert.Contains($"other.json({changed + 1}): error", error, StringComparison.Ordinal);
        Assert.Contains("live_lag_ms", error, StringComparison.Ordinal);
        Assert.Equal(await File.ReadAllTextAsync(copy, TestContext.Current.CancellationToken), (await RunAsync()).Output);
    }

    [Fact]
    public async Task The_document_says_what_every_event_carries_and_no_number_may_come_as_text()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = new HttpClient { BaseAddress = hub.Url };
        var document = JsonNode.Parse(await http.GetStringAsync("/api/v2/openapi.json", TestContext.Current.CancellationToken))!;
        var schemas = document["components"]!["schemas"]!.AsObject();
        var events = schemas[nameof(EventBodies)]!["properties"]!.AsObject().Select(p => p.Key).ToHashSet();
        Assert.Superset(new HashSet<string> { "snapshot", "module", "levels", "command", "room", "room_command" }, events);
        Assert.DoesNotContain(schemas, s => s.Value!.ToJsonString().Contains("\"integer\",\"string\"", StringComparison.Ordinal));
        Assert.DoesNotContain(document["paths"]!.AsObject(), p => !p.Key.StartsWith("/api/v2/", StringComparison.Ordinal));
    }

    [Fact]
    public void An_event_that_is_not_in_the_document_is_not_told()
    {
        var live = new LiveEvents(TimeProvider.System);
        Assert.Throws<ArgumentException>(() => live.Tell("weather", new BeatView(1, 1)));
        Assert.Throws<ArgumentException>(() => live.Tell("module", new BeatView(1, 1)));
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        var code = await ChoraleCommand.Create().Parse(["hub", "openapi", .. arguments]).InvokeAsync(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
