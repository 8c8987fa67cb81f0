using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Chorale.Hub.Live;
using Chorale.Tests.Architecture;

namespace Chorale.Tests.Hub;

/// <summary>
/// Holds the page's types to the hub: they are made from <c>src/web/src/api/openapi.json</c>. After a change of a body of /api/v2, run this with
/// the variable <c>UPDATE_OPENAPI=1</c>, read the difference, and build again: what the page uses otherwise no longer compiles.
/// </summary>
public sealed class OpenApiTests
{
    private static readonly string Copy = Path.Combine(RepositoryRoot.Path, "src/web/src/api/openapi.json");
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public async Task The_page_was_built_for_the_answers_that_this_hub_gives()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = new HttpClient { BaseAddress = hub.Url };
        var served = JsonNode.Parse(await http.GetStringAsync("/api/v2/openapi.json", TestContext.Current.CancellationToken))!.ToJsonString(Readable) + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_OPENAPI") == "1") await File.WriteAllTextAsync(Copy, served, TestContext.Current.CancellationToken);
        else Assert.Equal(await File.ReadAllTextAsync(Copy, TestContext.Current.CancellationToken), served);
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
}
