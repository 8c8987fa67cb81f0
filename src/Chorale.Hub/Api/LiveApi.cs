using System.Globalization;
using System.Text.Json.Serialization;
using Chorale.Archive.Copies;
using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Chorale.Hub.Listening;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub.Api;

/// <summary>
/// Live: what recorders send while they record (<see cref="LiveWire"/>, with a device's token), and the copies that are held of it. Who listens:
/// <see cref="ListenApi"/>.
/// </summary>
internal sealed class LiveApi(HubParts hub)
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(60);
    private readonly ILogger _log = hub.Logs.CreateLogger("Chorale.Hub.Listening");

    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        var api = new LiveApi(hub);
        routes.MapPut("/api/v2/live/{recorder}", api.PutAsync).WithMetadata(OwnAuthentication.Instance).IsNotAudited().ExcludeFromDescription();
        routes.MapGet("/api/v2/live/{recorder}/wanted", api.WantedAsync).WithMetadata(OwnAuthentication.Instance).ExcludeFromDescription();
        routes.MapGet("/api/v2/live", api.All).WithTags("live").WithSummary("Live lines of recorders, and copies held of chunks that have not come yet");
        routes.MapPost("/api/v2/live/{recorder}/keep", api.KeepAsync).WithTags("live").OpenOnLoopback().Audited("live_copy_keep")
            .WithSummary("Takes the live copies held of a recorder into the archive now, as labelled chunks")
            .WithDescription("Done by itself when nothing of a chunk was heard for live_keep_hours. Should a chunk come after all, it takes the place of its copy.");
        ListenApi.Map(routes, hub);
    }

    private async Task PutAsync(HttpContext http, string recorder)
    {
        if (await AuthenticateAsync(http, recorder) is not { } device) return;
        var kind = http.Request.Headers[LiveWire.Header].ToString();
        if (kind is not (LiveWire.Copy or LiveWire.Listen))
        {
            await Answer.DetailAsync(http, 422, $"{LiveWire.Header} '{(kind.Length <= 40 ? kind : kind[..40])}': copy and listen are allowed");
            return;
        }

        // It has no length, and may be silent for as long as a microphone is muted: notes say that it lives.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        if (http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate) rate.MinDataRate = null;
        var line = hub.Live.LineOf(recorder);
        var connection = new object();
        line.Connect(connection, device.DeviceId, kind == LiveWire.Copy);
        Listening.Log.Begun(_log, recorder, device.DeviceId, kind);
        var intake = new LiveIntake(line, hub.Live.Copies);
        var (status, reason) = (500, "it broke");
        try
        {
            (status, reason) = await ReadAsync(http, line, connection, kind == LiveWire.Copy, intake);
        }
        catch (Exception e) when (e is OperationCanceledException or BadHttpRequestException or IOException or Microsoft.AspNetCore.Connections.ConnectionResetException)
        {
            reason = hub.Live.Stopping.IsCancellationRequested ? "the hub stops" : http.RequestAborted.IsCancellationRequested ? "the connection ended" : e.Message;
            http.Abort();
            return;
        }
        finally
        {
            line.Disconnect(connection);
            Listening.Log.Ended(_log, recorder, intake.Pages, reason);
        }

        await Answer.DetailAsync(http, status, reason);
    }

    private async Task<(int Status, string Reason)> ReadAsync(HttpContext http, LiveLine line, object connection, bool isCopy, LiveIntake intake)
    {
        var demand = hub.Live.DemandOf(line.Recorder);
        var reader = http.Request.BodyReader;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, hub.Live.Stopping);
        var arrived = hub.Time.GetTimestamp();
        var looked = arrived;
        while (true)
        {
            using var silence = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
            silence.CancelAfter(LiveWire.SilenceMax);
            var read = await ReadAsync(reader, silence, ending.Token);
            if (read is not { } got) return (408, $"nothing came for {LiveWire.SilenceMax.TotalSeconds:0} s");
            if (!line.IsConnected(connection)) return (409, "a newer connection of this recorder has taken its place");
            var problem = intake.Take(got.Buffer, out var used);
            reader.AdvanceTo(used, got.Buffer.End);
            if (problem is not null)
            {
                Listening.Log.Refused(_log, line.Recorder, problem);
                return (422, problem);
            }

            if (got.IsCompleted) return (200, "it ended");
            if (hub.Time.GetElapsedTime(looked) >= TimeSpan.FromSeconds(1))
            {
                looked = hub.Time.GetTimestamp();
                if (Bearer.Read(http.Request, out var token).Length > 0 || hub.Access.FindSender(token) is null) return (401, "its token was revoked");
            }

            // Who came by a command of before our start is given the time to be asked for again.
            if (!isCopy && !demand.IsWanted && hub.Time.GetElapsedTime(arrived) > LiveDemand.Lapse) return (200, "nobody listens");
        }
    }

    private static async Task<System.IO.Pipelines.ReadResult?> ReadAsync(
        System.IO.Pipelines.PipeReader reader, CancellationTokenSource silence, CancellationToken ending)
    {
        try
        {
            return await reader.ReadAsync(silence.Token);
        }
        catch (OperationCanceledException) when (!ending.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task WantedAsync(HttpContext http, string recorder, double? wait)
    {
        if (await AuthenticateAsync(http, recorder) is null) return;
        var length = TimeSpan.FromSeconds(Math.Clamp(wait is { } s && double.IsFinite(s) ? s : 0, 0, WaitMax.TotalSeconds));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, hub.Live.Stopping);
        try
        {
            var isWanted = await hub.Live.DemandOf(recorder).WaitAsync(length, ending.Token);
            await Answer.JsonAsync(http, 200, new LiveWanted(isWanted, isWanted ? LiveDemand.Lapse.TotalSeconds : 0));
        }
        catch (OperationCanceledException)
        {
            http.Abort(); // stopped, or gone: it asks again
        }
    }

    private Ok<LiveView> All()
    {
        var held = hub.Live.Copies.All.OrderBy(c => c.Place.RecorderId, StringComparer.Ordinal).ThenBy(c => c.FromUs);
        return TypedResults.Ok(new LiveView(WallTime.ToMicroseconds(hub.Time.GetUtcNow()), [.. hub.Live.Lines.Select(LiveLineView.Of)], [.. held.Select(HeldView.Of)]));
    }

    private async Task<Results<Ok<KeptView>, ProblemHttpResult>> KeepAsync(string recorder)
    {
        var device = hub.Live.Find(recorder)?.DeviceId ?? hub.Live.ArchiveIdOf(recorder);
        if (!hub.Live.Copies.All.Any(c => c.Place.RecorderId == device)) return V2Query.NotFound($"No live copy of '{recorder}' is held");
        var (point, register) = hub.Live.Copies.Places(device);
        var rows = await hub.Live.Copies.KeepAsync(device, "kept by an operator before its chunk came", point, register);
        return TypedResults.Ok(new KeptView([.. rows.Select(r => r.ChunkId)]));
    }

    private async Task<Device?> AuthenticateAsync(HttpContext http, string recorder)
    {
        var problem = Bearer.Read(http.Request, out var token);
        if (problem.Length > 0 || hub.Access.FindSender(token) is not { } device)
        {
            await Answer.UnauthorizedAsync(http, problem.Length > 0 ? problem : "Invalid or disabled device token");
            return null;
        }

        if (!RecorderId.IsValid(recorder))
        {
            await Answer.DetailAsync(http, 400, string.Create(CultureInfo.InvariantCulture, $"recorder '{(recorder.Length <= 80 ? recorder : recorder[..80])}': 1 to 64 of A-Z a-z 0-9 _ - are allowed"));
            return null;
        }

        if (hub.Live.OtherOwner(device.DeviceId, recorder) is not { } owner)
        {
            hub.Live.Learn(device.DeviceId, recorder);
            return device;
        }

        Listening.Log.Refused(_log, recorder, $"device {device.DeviceId} uses the name of device {owner}");
        hub.Live.Bar(recorder, $"device {device.DeviceId} records under the name of device {owner}: give it another name, or revoke the token of the one that it replaces");
        await Answer.DetailAsync(http, 403, $"The name {recorder} is another device's");
        return null;
    }
}

/// <param name="Recorders">Those that were connected since the hub started.</param>
/// <param name="Held">Copies whose chunks have not come yet.</param>
internal sealed record LiveView(
    [property: JsonPropertyName("now_us")] long NowUs,
    [property: JsonPropertyName("recorders")] IReadOnlyList<LiveLineView> Recorders,
    [property: JsonPropertyName("held")] IReadOnlyList<HeldView> Held);

/// <param name="Id">Its name in the archive; null before it was connected.</param>
/// <param name="Name">The name in its settings.</param>
/// <param name="LagMs">Now less the end of what is on our disk (copy) or was received.</param>
internal sealed record LiveLineView(
    [property: JsonPropertyName("id")] string? Id,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("state")] string State,
    [property: JsonPropertyName("why")] string? Why,
    [property: JsonPropertyName("live_lag_ms")] long? LagMs,
    [property: JsonPropertyName("copy")] bool IsCopy,
    [property: JsonPropertyName("listeners")] int Listeners,
    [property: JsonPropertyName("dropped_pages")] long DroppedPages,
    [property: JsonPropertyName("bad_pages")] long BadPages)
{
    public static LiveLineView Of(LiveLine line)
    {
        var s = line.State();
        return new LiveLineView(line.DeviceId, line.Recorder, s.State, s.Why, s.LagMs, s.IsCopy, s.Listeners, s.DroppedPages, s.BadPages);
    }
}

/// <param name="ToUs">End of what is on the disk.</param>
/// <param name="HeardUs">When its last page came.</param>
/// <param name="Codec">Of the file it stands for; null: its very pages.</param>
internal sealed record HeldView(
    [property: JsonPropertyName("recorder")] string Recorder,
    [property: JsonPropertyName("run_id")] string Run,
    [property: JsonPropertyName("number")] int Number,
    [property: JsonPropertyName("from_us")] long FromUs,
    [property: JsonPropertyName("to_us")] long ToUs,
    [property: JsonPropertyName("heard_us")] long HeardUs,
    [property: JsonPropertyName("bytes")] long Bytes,
    [property: JsonPropertyName("of")] string? Codec)
{
    public static HeldView Of(HeldCopyView c) => new(c.Place.RecorderId, c.Place.Run.ToString(), c.Place.Number, c.FromUs, c.ToUs, c.HeardUs, c.Bytes, c.Of);
}

internal sealed record KeptView([property: JsonPropertyName("chunks")] IReadOnlyList<string> Chunks);
