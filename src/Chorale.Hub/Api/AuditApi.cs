using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Chorale.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary>Who did what. The technician's.</summary>
internal static class AuditApi
{
    private const int LimitMax = 1_000, LimitUnsaid = 100, FlushEvery = 500;

    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        var audit = routes.MapGroup("/api/v2/audit").WithTags("access").Needs(Ability.Administer).IsDear();
        audit.MapGet("", (long? before, int? limit, string? who, string? action, string? q) => ReadAsync(hub, before, limit, who, action, q))
            .WithSummary("Who did what, newest first; before is the id of the last row that was seen").ProducesProblem(400);
        audit.MapGet("/export", (string? format, string? who, string? action, string? q, HttpContext http, CancellationToken cancel) => ExportAsync(hub, format, who, action, q, http, cancel))
            .WithSummary("All of it as csv or jsonl").ProducesProblem(400);
    }

    private static async Task<Results<Ok<AuditView>, ProblemHttpResult>> ReadAsync(HubParts hub, long? before, int? limit, string? who, string? action, string? q)
    {
        if (limit is < 1 or > LimitMax) return V2Query.Bad("limit", limit.ToString(), $"1 to {LimitMax} is allowed");
        var rows = await hub.Audit.ReadAsync(new AuditQuery(before, limit ?? LimitUnsaid, Filled(who), Filled(action), Filled(q)));
        return TypedResults.Ok(new AuditView(WallTime.ToMicroseconds(hub.Time.GetUtcNow()), [.. rows.Select(AuditRow.Of)], rows.Count == (limit ?? LimitUnsaid) ? rows[^1].Id : null));
    }

    private static async Task<Results<EmptyHttpResult, ProblemHttpResult>> ExportAsync(HubParts hub, string? format, string? who, string? action, string? q, HttpContext http, CancellationToken cancel)
    {
        if (V2Query.Choice("format", format, ExportFormat.Csv, out var wanted) is { } bad) return bad;
        var isCsv = wanted == ExportFormat.Csv;
        http.Response.ContentType = isCsv ? "text/csv; charset=utf-8" : "application/jsonl; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"chorale-audit-{hub.Time.GetUtcNow():yyyy-MM-dd}.{(isCsv ? "csv" : "jsonl")}\"";
        await using var to = new StreamWriter(http.Response.Body, new UTF8Encoding(false), 32_768, leaveOpen: true);
        if (isCsv) await to.WriteLineAsync("id,time,who,role,address,action,target,detail,outcome,status");
        var count = 0;
        await foreach (var e in hub.Audit.ReadAllAsync(new AuditQuery(null, 1_000, Filled(who), Filled(action), Filled(q)), cancel))
        {
            await to.WriteLineAsync(isCsv ? Csv(e) : JsonSerializer.Serialize(AuditRow.Of(e)));
            if (++count % FlushEvery == 0) await to.FlushAsync(cancel);
        }

        return TypedResults.Empty;
    }

    private static string Csv(AuditEntry e) =>
        $"{e.Id},{WallTime.ToText(e.TsUs)},{Cell(e.Who)},{Cell(e.Role)},{Cell(e.Address)},{Cell(e.Action)},{Cell(e.Target)},{Cell(e.Detail)},{e.Outcome},{e.Status}";

    /// <summary>RFC 4180; what a spreadsheet would take for a formula is text.</summary>
    private static string Cell(string? text) => text is null or "" ? "" : $"\"{(text.TrimStart() is ['=' or '+' or '-' or '@', ..] ? "'" : "")}{text.Replace("\"", "\"\"")}\"";

    private static string? Filled(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private enum ExportFormat
    {
        Csv,
        Jsonl,
    }
}

/// <param name="Next">What to give as before for the rows behind these; null: there are none.</param>
internal sealed record AuditView(
    [property: JsonPropertyName("now_us")] long NowUs, [property: JsonPropertyName("rows")] IReadOnlyList<AuditRow> Rows, [property: JsonPropertyName("next")] long? Next);

internal sealed record AuditRow(
    [property: JsonPropertyName("id")] long Id, [property: JsonPropertyName("ts_us")] long TsUs, [property: JsonPropertyName("who")] string Who, [property: JsonPropertyName("role")] string? Role,
    [property: JsonPropertyName("address")] string Address, [property: JsonPropertyName("action")] string Action, [property: JsonPropertyName("target")] string Target,
    [property: JsonPropertyName("detail")] string Detail, [property: JsonPropertyName("outcome")] string Outcome, [property: JsonPropertyName("status")] int Status)
{
    public static AuditRow Of(AuditEntry e) => new(e.Id, e.TsUs, e.Who, e.Role, e.Address, e.Action, e.Target, e.Detail, e.Outcome, e.Status);
}
