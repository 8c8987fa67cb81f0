using System.Net;
using Chorale.Hub.Access;
using Chorale.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Audit;

/// <summary>What an endpoint says of the request it serves; a feature of the request.</summary>
internal sealed class AuditNote
{
    /// <summary>A word; null: that of the endpoint.</summary>
    public string? Action { get; private set; }

    public string? Target { get; private set; }

    public string? Detail { get; private set; }

    /// <summary>Where the gate does not know who it was.</summary>
    public string? Who { get; set; }

    public Role? Role { get; set; }

    /// <summary>Why it was refused.</summary>
    public string? Reason { get; set; }

    /// <summary>It changed nothing, and is asked every few seconds by who looks on.</summary>
    public bool IsLook { get; set; }

    /// <summary>Who types a password into the field of the name is not written down with it.</summary>
    public static string Known(string typed, bool isKnown) => isKnown ? typed : "a name that is not known";

    public static AuditNote Of(HttpContext http)
    {
        if (http.Features.Get<AuditNote>() is { } note) return note;
        http.Features.Set(note = new AuditNote());
        return note;
    }

    public void Say(string? action = null, string? target = null, string? detail = null) =>
        (Action, Target, Detail) = (action ?? Action, target ?? Target, detail ?? Detail);
}

/// <summary>Metadata of an endpoint: the word for what it does.</summary>
internal sealed record Audited(string Action);

/// <summary>Metadata of an endpoint that changes nothing although it is posted to, or that devices upload to: the archive has those.</summary>
internal sealed class Unaudited
{
    public static readonly Unaudited Instance = new();
}

/// <summary>Middleware around the gate: everything that changes something, or tried to, is written down once it is answered.</summary>
internal sealed class AuditTrail(HubParts hub, RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext http)
    {
        if (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method) || http.GetEndpoint()?.Metadata.GetMetadata<Unaudited>() is not null)
        {
            await next(http);
            return;
        }

        var status = 500;
        try
        {
            await next(http);
            status = http.Response.StatusCode;
        }
        finally
        {
            await WriteAsync(http, status);
        }
    }

    private ValueTask WriteAsync(HttpContext http, int status)
    {
        var (note, caller) = (AuditNote.Of(http), Caller.Of(http));
        if (note.IsLook && status < 400) return ValueTask.CompletedTask;
        var address = http.Connection.RemoteIpAddress ?? IPAddress.None;
        var isKnown = caller.Kind != CallerKind.Nobody || note.Who is not null;
        var more = "";
        if (status >= 400 && !isKnown)
        {
            if (!hub.Strangers.Take(address, out var unwritten)) return ValueTask.CompletedTask; // counted, and said with the next one
            if (unwritten > 0) more = $" ({unwritten} more like this were not written)";
        }

        var outcome = status >= 500 ? "failed" : status >= 400 ? "refused" : "accepted";
        var detail = string.Join("; ", new[] { note.Detail, outcome == "accepted" ? null : note.Reason }.Where(t => !string.IsNullOrEmpty(t))) + more;
        var who = note.Who ?? (caller.Kind == CallerKind.Nobody ? "somebody unknown" : caller.Words(http.Request));
        return hub.Audit.AddAsync(new AuditEntry(
            0, WallTime.ToMicroseconds(hub.Time.GetUtcNow()), AuditEntry.Printable(who, 80), (note.Role ?? caller.Role) is { } role ? Abilities.Word(role) : null, address.ToString(),
            AuditEntry.Printable(note.Action ?? Action(http), 80), AuditEntry.Printable(note.Target ?? Target(http), 200), AuditEntry.Printable(detail), outcome, status));
    }

    private static string Action(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<Audited>()?.Action
        ?? $"{http.Request.Method} {(http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? http.Request.Path.Value}";

    /// <summary>What the path names.</summary>
    private static string Target(HttpContext http) => string.Join('/', http.Request.RouteValues.Select(v => v.Value).Append(http.Request.Query["room"].ToString()).Where(v => v is not (null or "")));
}

/// <summary>How many refusals of one stranger are written down, so that a flood of them does not push out what people did.</summary>
internal sealed class Strangers(TimeProvider time)
{
    private const int RowsMax = 20, AddressesMax = 1_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, (int Rows, int Unwritten, long SinceStamp)> _seen = [];

    /// <param name="address">Where it came from.</param>
    /// <param name="unwritten">How many were not written since the last one that was.</param>
    /// <returns>False: it is only counted.</returns>
    public bool Take(IPAddress address, out int unwritten)
    {
        lock (_gate)
        {
            unwritten = 0;
            if (!_seen.TryGetValue(address, out var s))
            {
                if (_seen.Count >= AddressesMax) address = IPAddress.Any; // from so many at once: all of them together
                s = _seen.GetValueOrDefault(address);
            }

            if (s.Rows == 0 || time.GetElapsedTime(s.SinceStamp) >= Window) (unwritten, s) = (s.Unwritten, (0, 0, time.GetTimestamp()));
            var isWritten = s.Rows < RowsMax;
            _seen[address] = isWritten ? s with { Rows = s.Rows + 1 } : s with { Unwritten = s.Unwritten + 1 };
            if (_seen.Count >= AddressesMax) Forget();
            return isWritten;
        }
    }

    private void Forget()
    {
        foreach (var (address, s) in _seen.ToList())
        {
            if (time.GetElapsedTime(s.SinceStamp) >= Window) _seen.Remove(address);
        }
    }
}

/// <summary>Says of endpoints what they are called in the record.</summary>
internal static class AuditEndpoints
{
    public static TBuilder Audited<TBuilder>(this TBuilder endpoint, string action)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new Audited(action));

    /// <summary>What is posted to it changes nothing, or is an upload.</summary>
    public static TBuilder IsNotAudited<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(Unaudited.Instance);
}
