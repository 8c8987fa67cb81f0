using System.Globalization;
using Chorale.Archive.Examine;
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
/// <c>POST /api/v1/chunks</c>: upload of an Ingest API (<see cref="IngestParts"/>), for its existing agents and for our recorders.
/// <code>
/// 200 {"status":"ok","chunk_id":...,"stored_path":...,"queued":true}     durable; the same for the same chunk again
/// 401 {"detail":...} + WWW-Authenticate: Bearer                          before the body is read
/// 413 {"detail":"File exceeds maximum size of N bytes"}                  before the body is read, where its length was announced
/// 422 {"detail":text}, {"detail":[...]} for form errors
/// 500 {"detail":"Failed to save chunk"}                                  the disk; nothing was acknowledged
/// </code>
/// </summary>
internal sealed class ChunksApi(HubParts hub)
{
    private readonly ILogger _log = hub.Logs.CreateLogger("Chorale.Hub.Api");

    public static void Map(IEndpointRouteBuilder routes, HubParts hub) =>
        routes.MapPost(IngestParts.Path, new ChunksApi(hub).PostAsync).WithMetadata(OwnAuthentication.Instance).IsNotAudited().ExcludeFromDescription();

    private async Task PostAsync(HttpContext http)
    {
        if (!TryAuthenticate(http.Request, out var device, out var problem))
        {
            await Answer.UnauthorizedAsync(http, problem);
            return;
        }

        var header = ReadHeader(http.Request);
        http.Response.Headers[LiveWire.Header] = hub.Live.IsCommanded(header?.Recorder) ? LiveWire.Command : LiveWire.Poll;
        var bytesMax = header is null ? hub.Settings.ForeignUploadBytesMax : hub.Settings.OwnUploadBytesMax;
        if (!UploadForm.Allow(http, bytesMax))
        {
            await TooLargeAsync(http, device, bytesMax);
            return;
        }

        using var form = new UploadForm();
        try
        {
            await form.ReadAsync(http.Request, IngestParts.ChunkFile, bytesMax, hub.Store, http.RequestAborted);
            await AdmitAsync(http, device, header, form);
        }
        catch (Exception e) when (e is UploadTooLargeException or BadHttpRequestException { StatusCode: 413 })
        {
            await TooLargeAsync(http, device, bytesMax);
        }
        catch (InvalidDataException e)
        {
            hub.Store.Refuse(device.DeviceId, "Malformed form: " + e.Message, http.Request.ContentLength ?? 0);
            await Answer.DetailAsync(http, 400, "There was an error parsing the body");
        }
        catch (Exception e) when (SenderLeft(e, http))
        {
            Log.SenderLeft(_log, device.DeviceId, form.File?.Length ?? 0);
            http.Abort();
        }
        catch (Exception e) // the boundary that handles one upload: it is not acknowledged, and its sender keeps it
        {
            Log.SaveFailed(_log, device.DeviceId, e);
            await Answer.DetailAsync(http, 500, "Failed to save chunk");
        }
    }

    /// <summary>The connection ended or the body did: MultipartReader throws a plain IOException for a body without its last boundary.</summary>
    internal static bool SenderLeft(Exception e, HttpContext http) =>
        e is OperationCanceledException or BadHttpRequestException || (e is IOException && http.RequestAborted.IsCancellationRequested);

    private bool TryAuthenticate(HttpRequest request, out Device device, out string problem)
    {
        device = null!;
        problem = Bearer.Read(request, out var token);
        if (problem.Length > 0) return false;
        problem = "Invalid or disabled device token";
        if (hub.Access.FindSender(token) is not { } found) return false;
        device = found;
        return true;
    }

    private ChunkHeader? ReadHeader(HttpRequest request)
    {
        var text = request.Headers[UploadHeaders.Chunk].ToString();
        if (text.Length == 0) return null;
        if (ChunkHeader.TryDecode(text, out var header)) return header;
        Log.HeaderUnreadable(_log, text.Length);
        return null;
    }

    private async Task AdmitAsync(HttpContext http, Device device, ChunkHeader? header, UploadForm form)
    {
        var fields = new ChunkFields(form, device, device.Zone is { } zone ? TimeZoneInfo.FindSystemTimeZoneById(zone) : hub.Settings.Zone);
        if (fields.Errors.Count > 0)
        {
            hub.Store.Refuse(device.DeviceId, "Form: " + string.Join(", ", fields.Errors.Select(e => $"{e.Loc[^1]}: {e.Msg}")), form.File?.Length ?? 0);
            await Answer.FieldsAsync(http, fields.Errors);
            return;
        }

        var problem = fields.Problem ?? DigestProblem(http.Request, form.File!);
        if (problem is not null)
        {
            hub.Store.Refuse(device.DeviceId, problem, form.File!.Length);
            await Answer.DetailAsync(http, 422, problem);
            return;
        }

        var key = http.Request.Headers[UploadHeaders.IdempotencyKey].ToString();
        var admission = await hub.Store.AdmitAsync(form.File!, new IncomingChunk
        {
            RecorderId = device.DeviceId, PointId = fields.PointId, RegisterId = fields.RegisterId, StartUs = fields.StartUs, EndUs = fields.EndUs,
            Codec = fields.Codec, Header = header, IdempotencyKey = key.Length is > 0 and <= 200 ? key : null,
        });
        if (admission.Chunk is not { } chunk)
        {
            await Answer.DetailAsync(http, 422, admission.Refusal!);
            return;
        }

        await Answer.JsonAsync(http, 200, new IngestAccepted { Status = "ok", ChunkId = chunk.ChunkId, StoredPath = chunk.Path, Queued = true });
    }

    /// <summary>The digest is of the file as its recorder sealed it (<see cref="UploadHeaders"/>); a difference means it is not the chunk it was.</summary>
    private static string? DigestProblem(HttpRequest request, IncomingFile file) =>
        UploadHeaders.TryParseDigest(request.Headers[UploadHeaders.ContentDigest], out var announced)
        && announced != Convert.ToHexStringLower(file.Digest()) ? "Content-Digest does not match the file" : null;

    private async Task TooLargeAsync(HttpContext http, Device device, long bytesMax)
    {
        var detail = string.Create(CultureInfo.InvariantCulture, $"File exceeds maximum size of {bytesMax} bytes");
        hub.Store.Refuse(device.DeviceId, detail, http.Request.ContentLength ?? 0);
        await Answer.DetailAsync(http, 413, detail);
    }
}
