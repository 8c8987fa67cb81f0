using System.Globalization;
using System.Text.Json.Serialization;
using Chorale.Hub.Book;
using Chorale.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Api;

/// <summary>The book of events: read page by page, or saved whole. Everything mapped here is the operator's.</summary>
internal static class LogApi
{
    private const int LimitMax = 1_000, TextMax = 200;

    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        var log = routes.MapGroup("/api/v2/log").WithTags("log");
        log.MapGet("", (string? before, int? limit, string? level, string? area, string? subject, string? q, string? from, string? to) =>
                Read(hub, before, limit, new Asked(level, area, subject, q, from, to)))
            .WithSummary("Events, newest first; next is the before of the following page")
            .WithDescription("level: info (default), warn, error and above. area: fleet, archive, rooms, hub, broker. q: text in any column. from, to: times. "
                + "A page may be shorter than limit while next is set: the hub looks at 100,000 events at once.").ProducesProblem(400).ProducesProblem(503);
        log.MapGet("/export", (string? format, string? level, string? area, string? subject, string? q, string? from, string? to, HttpContext http, CancellationToken cancel) =>
                ExportAsync(hub, format, new Asked(level, area, subject, q, from, to), http, cancel))
            .WithSummary("The same as one file, streamed: csv or jsonl").ProducesProblem(400);
        log.MapGet("/troubles", () => TypedResults.Ok(new TroublesView(WallTime.ToMicroseconds(hub.Time.GetUtcNow()), hub.Book.Troubles.All())))
            .WithSummary("What began and has not ended, or happened within the last day and needs a person");
    }

    private static Results<Ok<LogView>, ProblemHttpResult> Read(HubParts hub, string? before, int? limit, Asked asked)
    {
        if (limit is < 1 or > LimitMax) return V2Query.Bad("limit", limit.ToString(), $"1 to {LimitMax} is allowed");
        long? cursor = null;
        if (before is not null)
        {
            if (!long.TryParse(before, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return V2Query.Bad("before", before, "the number of an event is allowed");
            cursor = number;
        }

        if (asked.Filter(out var filter) is { } bad) return bad;
        try
        {
            var page = hub.Book.Read(filter, cursor, limit ?? 200);
            return TypedResults.Ok(new LogView(WallTime.ToMicroseconds(hub.Time.GetUtcNow()), page.Rows, page.Next));
        }
        catch (SqliteException e)
        {
            return TypedResults.Problem(e.Message, statusCode: 503, title: "The log cannot be read");
        }
    }

    private static async Task<Results<EmptyHttpResult, ProblemHttpResult>> ExportAsync(HubParts hub, string? format, Asked asked, HttpContext http, CancellationToken cancel)
    {
        if (V2Query.Choice("format", format, LogFormat.Csv, out var wanted) is { } badFormat) return badFormat;
        if (asked.Filter(out var filter) is { } bad) return bad;
        var (name, type) = wanted == LogFormat.Csv ? ("csv", "text/csv; charset=utf-8") : ("jsonl", "application/x-ndjson");
        http.Response.ContentType = type;
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"chorale-log-{hub.Time.GetUtcNow().UtcDateTime:yyyyMMdd'T'HHmmss'Z'}.{name}\"";
        http.Response.Headers.CacheControl = "no-store";
        try
        {
            await LogFile.WriteAsync(http.Response.Body, hub.Book.ReadAll(filter), wanted, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Who asked has gone.
        }

        return TypedResults.Empty;
    }

    private sealed record Asked(string? Level, string? Area, string? Subject, string? Text, string? From, string? To)
    {
        public ProblemHttpResult? Filter(out BookFilter filter)
        {
            filter = new BookFilter();
            if (V2Query.Choice("level", Empty(Level), BookLevel.Info, out var least) is { } badLevel) return badLevel;
            if (Empty(Area) is { } area && !BookArea.All.Contains(area)) return V2Query.Bad("area", area, "allowed are " + string.Join(", ", BookArea.All));
            if (Text?.Length > TextMax) return V2Query.Bad("q", Text, $"at most {TextMax} characters are allowed");
            if (Time("from", From, out var from) is { } badFrom) return badFrom;
            if (Time("to", To, out var to) is { } badTo) return badTo;
            if (from > to) return V2Query.Bad("to", To, "it must be later than from");
            filter = new BookFilter(least, Empty(Area), Empty(Subject), Empty(Text), from, to);
            return null;
        }

        private static string? Empty(string? text) => string.IsNullOrEmpty(text) ? null : text;

        private static ProblemHttpResult? Time(string name, string? text, out long? us)
        {
            us = null;
            if (Empty(text) is null) return null;
            if (!V2Query.TryTime(text, out var at)) return V2Query.Bad(name, text, "allowed are times such as 2026-01-05T10:00:00Z or microseconds since 1970");
            us = at;
            return null;
        }
    }
}

/// <param name="Next">The <c>before</c> of what follows; null: there is no more.</param>
internal sealed record LogView(
    [property: JsonPropertyName("now_us")] long NowUs,
    [property: JsonPropertyName("events")] IReadOnlyList<BookRow> Events,
    [property: JsonPropertyName("next")] long? Next);

internal sealed record TroublesView(
    [property: JsonPropertyName("now_us")] long NowUs, [property: JsonPropertyName("troubles")] IReadOnlyList<Trouble> Troubles);
