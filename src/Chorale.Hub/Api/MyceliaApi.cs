using Chorale.Archive.Examine;
using Chorale.Archive.Index;
using Chorale.Archive.Store;
using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub.Api;

/// <summary>
/// <c>POST /api/audio/ingest</c>: upload of a Mycelia recorder (<see cref="MyceliaParts"/>). Refusals are plain text. What cannot be
/// taken is 400 with the reason, never 500; 500 is the disk's.
/// </summary>
internal sealed class MyceliaApi(HubParts hub)
{
    /// <summary>First folder of the stored path: this contract knows no points.</summary>
    private const string Point = "mycelia";

    private readonly ILogger _log = hub.Logs.CreateLogger("Chorale.Hub.Api");

    public static void Map(IEndpointRouteBuilder routes, HubParts hub) =>
        routes.MapPost(MyceliaParts.Path, new MyceliaApi(hub).PostAsync).WithMetadata(OwnAuthentication.Instance).IsNotAudited().ExcludeFromDescription();

    private async Task PostAsync(HttpContext http)
    {
        if (Authenticate(http.Request) is not { } principal)
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
            await Answer.TextAsync(http, 401, "Token is missing or invalid");
            return;
        }

        var bytesMax = hub.Settings.ForeignUploadBytesMax;
        if (!UploadForm.Allow(http, bytesMax))
        {
            await RefuseAsync(http, principal, 413, $"File exceeds maximum size of {bytesMax} bytes", http.Request.ContentLength ?? 0);
            return;
        }

        using var form = new UploadForm();
        try
        {
            await form.ReadAsync(http.Request, MyceliaParts.Audio, bytesMax, hub.Store, http.RequestAborted);
            await AdmitAsync(http, principal, form);
        }
        catch (Exception e) when (e is UploadTooLargeException or BadHttpRequestException { StatusCode: 413 })
        {
            await RefuseAsync(http, principal, 413, $"File exceeds maximum size of {bytesMax} bytes", http.Request.ContentLength ?? 0);
        }
        catch (InvalidDataException e)
        {
            await RefuseAsync(http, principal, 400, "Validation error: " + e.Message, http.Request.ContentLength ?? 0);
        }
        catch (Exception e) when (ChunksApi.SenderLeft(e, http))
        {
            Log.SenderLeft(_log, principal, form.File?.Length ?? 0);
            http.Abort();
        }
        catch (Exception e) // the boundary that handles one upload: it is not acknowledged, and its sender keeps it
        {
            Log.SaveFailed(_log, principal, e);
            await Answer.TextAsync(http, 500, "Audio processing failed: could not be saved");
        }
    }

    private string? Authenticate(HttpRequest request)
    {
        if (Bearer.Read(request, out var token).Length > 0 || hub.Signer.Read(token) is not { } claims) return null;
        return hub.Access.SubjectOf(claims, CredentialKind.Client, "principal");
    }

    private async Task AdmitAsync(HttpContext http, string principal, UploadForm form)
    {
        var problem = Check(form, hub.Settings.Zone, out var fields);
        if (problem is not null)
        {
            await RefuseAsync(http, principal, 400, problem, form.File?.Length ?? 0);
            return;
        }

        var own = fields.SourceOf(principal);
        var source = fields.SourceFileId ?? own;
        // A source of another server is taken as it is: refusing it would block that recorder's queue for ever.
        var isForeign = source != own && !hub.Index.Read(c => ChunkSql.KnowsSource(c, principal, source));
        var admission = await hub.Store.AdmitAsync(form.File!, new IncomingChunk
        {
            RecorderId = principal, PointId = Point, RegisterId = principal, StartUs = fields.StartUs, SourceId = source,
            Remark = isForeign ? $"source {source} began elsewhere" : null,
        });
        if (admission.Chunk is not { } chunk)
        {
            await Answer.TextAsync(http, 400, "Validation error: " + admission.Refusal);
            return;
        }

        await Answer.JsonAsync(http, 200, new MyceliaAccepted
        {
            Success = true, ChunkId = chunk.ChunkId, SourceFileId = chunk.SourceId, ChunkNumber = fields.ChunkNumber,
            StartTime = WallTime.ToText(chunk.StartUs), FileSize = chunk.SizeBytes, Streaming = fields.Streaming,
            DurationMs = (chunk.EndUs - chunk.StartUs) / 1000.0, Message = $"Chunk {fields.ChunkNumber} stored",
        });
    }

    private static string? Check(UploadForm form, TimeZoneInfo zone, out MyceliaFields fields)
    {
        fields = null!;
        if (form.File is null) return "Audio file is required";
        if (form.FileContentType?.StartsWith("audio/", StringComparison.OrdinalIgnoreCase) != true) return "File must be an audio file";
        return form.Fields.TryGetValue(MyceliaParts.Data, out var data) ? MyceliaFields.TryRead(data, zone, out fields) : "Data field is required";
    }

    private Task RefuseAsync(HttpContext http, string principal, int status, string reason, long bytes)
    {
        hub.Store.Refuse(principal, reason, bytes);
        return Answer.TextAsync(http, status, reason);
    }
}
