using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Spool;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Upload;

/// <param name="Server">Its address and trust.</param>
/// <param name="PointId">UUID text; with the next two what the token was issued for.</param>
/// <param name="Token">Bearer token of the device.</param>
public sealed record IngestOptions(ServerOptions Server, string PointId, string RegisterId, string DeviceId, string Token);

/// <summary>Uploads to an Ingest API; the wire is laid out in <see cref="IngestParts"/> and <see cref="UploadHeaders"/>.</summary>
public sealed class IngestSink : IChunkSink
{
    private readonly IngestOptions _options;
    private readonly ServerLink _link;
    private readonly Func<string?> _recorderState;
    private ChunkId? _askFirst;

    /// <param name="recorderState"><see cref="ChunkHeader.State"/> at the moment of sending.</param>
    /// <exception cref="ArgumentException">The address or the CA certificate cannot be used.</exception>
    public IngestSink(IngestOptions options, TimeProvider time, ILogger log, Func<string?>? recorderState = null)
    {
        _options = options;
        _recorderState = recorderState ?? (() => null);
        _link = new ServerLink(options.Server, time);
        Description = $"ingest {_link.Address}";
        if (options.Server.IsUnprotected) Log.Unprotected(log, Description);
    }

    public string Description { get; }

    /// <summary>Told of what the server says of <see cref="LiveWire.Header"/>; must not wait.</summary>
    public Action<string>? LiveOffered { get; init; }

    public async Task<UploadResult> SendAsync(SpoolChunk chunk, CancellationToken stopping)
    {
        using var file = new ChunkFile(chunk.Path);
        if (file.Length == 0) return new(UploadOutcome.Rejected, "empty file");
        var reply = await _link.PostAsync(IngestParts.Path, BodyOf(chunk, file), headers => AddHeaders(headers, chunk), _askFirst == chunk.Id, stopping);
        if (file.Failure is { } failure) throw failure;
        if (reply.Live is { } live) LiveOffered?.Invoke(live);

        // A server that refuses before it has read the body closes the connection, and the reset overtakes its words. Ask first next time.
        _askFirst = reply.End == LinkEnd.Broken ? chunk.Id : null;
        return Verdict.Of(reply, Accept, _options.Token);
    }

    public void Dispose() => _link.Dispose();

    private static UploadResult? Accept(string text)
    {
        try
        {
            var accepted = JsonSerializer.Deserialize(text, UploadJson.Default.IngestAccepted);
            return accepted is { Status: "ok" } ? new(UploadOutcome.Accepted, "stored", 200, RemoteId: accepted.ChunkId) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private Func<Action, HttpContent> BodyOf(SpoolChunk chunk, ChunkFile file)
    {
        var fields = new KeyValuePair<string, string>[]
        {
            new(IngestParts.PointId, _options.PointId),
            new(IngestParts.RegisterId, _options.RegisterId),
            new(IngestParts.DeviceId, _options.DeviceId),
            new(IngestParts.StartTs, WallTime.ToOffsetText(chunk.StartAt)),
            new(IngestParts.EndTs, WallTime.ToOffsetText(chunk.EndAt)),
            new(IngestParts.Codec, chunk.Codec.WireName()),
            new(IngestParts.SampleRate, chunk.RateHz.ToString(CultureInfo.InvariantCulture)),
            new(IngestParts.Channels, chunk.Channels.ToString(CultureInfo.InvariantCulture)),
        };
        return progress => new ChunkMultipart(fields, IngestParts.ChunkFile, Path.GetFileName(chunk.Path), chunk.Codec.MediaType(), file) { Progress = progress };
    }

    private void AddHeaders(HttpRequestHeaders headers, SpoolChunk chunk)
    {
        headers.TryAddWithoutValidation("Authorization", $"Bearer {_options.Token}");
        ChunkHeaders.Add(headers, chunk, _recorderState());
    }
}
