using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Chorale.Hub.Api;
using Chorale.Hub.Book;

namespace Chorale.Tests.Hub.Book;

public sealed class LogApiTests : IAsyncLifetime
{
    private TestHub _hub = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await TestHub.StartAsync();
        _http = new HttpClient { BaseAddress = _hub.Url };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task The_hub_writes_its_own_start_and_the_log_is_read_with_its_filters()
    {
        Tell("mic-1", "a, \"b\"");
        var all = await EventsAsync("");
        Assert.Contains(all, e => e.GetProperty("event").GetString() == "hub_started");
        var one = Assert.Single(await EventsAsync("?level=warn&area=fleet&subject=mic-1&q=b"));
        Assert.Equal(("warn", "because"), (one.GetProperty("level").GetString(), one.GetProperty("reason").GetString()));
        Assert.Empty(await EventsAsync("?area=rooms"));
    }

    [Theory]
    [InlineData("?limit=0", "limit")]
    [InlineData("?before=x", "before")]
    [InlineData("?level=loud", "level")]
    [InlineData("?area=moon", "area")]
    [InlineData("?from=yesterday", "from")]
    [InlineData("?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "to")]
    [InlineData("/export?format=xls", "format")]
    public async Task What_cannot_be_used_is_named(string query, string parameter)
    {
        var answer = await _http.GetAsync("/api/v2/log" + query);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(parameter, (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("parameter").GetString());
    }

    [Fact]
    public async Task A_saved_log_has_every_event_and_no_cell_that_a_spreadsheet_would_run()
    {
        Tell("mic-1", "=cmd|' /C calc'!A0");
        Tell("mic-2", "line\r\nbreak, \"quoted\"");
        await Wait.Until("both are in the book", async () => (await EventsAsync("?area=fleet")).Count == 2);
        var csv = await _http.GetAsync("/api/v2/log/export?format=csv&area=fleet");
        Assert.Equal("text/csv", csv.Content.Headers.ContentType!.MediaType);
        Assert.EndsWith(".csv\"", csv.Content.Headers.ContentDisposition!.ToString(), StringComparison.Ordinal);
        var text = Encoding.UTF8.GetString(await csv.Content.ReadAsByteArrayAsync());
        Assert.Contains(",'=cmd|' /C calc'!A0,because,", text, StringComparison.Ordinal);
        Assert.Contains(",\"line\r\nbreak, \"\"quoted\"\"\",because,", text, StringComparison.Ordinal);
        var lines = (await _http.GetStringAsync("/api/v2/log/export?format=jsonl&area=fleet")).TrimEnd().Split('\n');
        Assert.Equal(["mic-2", "mic-1"], lines.Select(l => JsonDocument.Parse(l).RootElement.GetProperty("subject").GetString()!));
    }

    [Theory]
    [InlineData("-1+1", "'-1+1")]
    [InlineData("  @x", "'  @x")]
    [InlineData("\tx", "'\tx")]
    [InlineData("plain", "plain")]
    [InlineData(null, "")]
    public void A_cell_is_text(string? told, string cell) => Assert.Equal(cell, LogFile.Cell(told));

    [Fact]
    public async Task Who_follows_hears_of_an_event_as_it_happens()
    {
        using var stream = new StreamReader(await _http.GetStreamAsync("/api/v2/events"));
        await Wait.Until("the snapshot came", async () => await stream.ReadLineAsync() == "event: snapshot");
        Tell("mic-9", "The module is late");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        for (var type = ""; ;)
        {
            var line = await stream.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException("the stream ended");
            if (line.StartsWith("event: ", StringComparison.Ordinal)) type = line;
            if (type == "event: log" && line.StartsWith("data: ", StringComparison.Ordinal) && line.Contains("mic-9", StringComparison.Ordinal)) return;
        }
    }

    private void Tell(string subject, string text) =>
        _hub.Host.Book.Tell(new BookEvent(BookLevel.Warn, BookArea.Fleet, subject, "module_late", text) { Reason = "because" });

    private async Task<List<JsonElement>> EventsAsync(string query)
    {
        List<JsonElement> events = [];
        await Wait.Until("the log answers", async () =>
        {
            events = [.. (await _http.GetFromJsonAsync<JsonElement>("/api/v2/log" + query)).GetProperty("events").EnumerateArray()];
            return _hub.Host.Book.Waiting == 0;
        });
        return events;
    }
}
