using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Spool;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Upload;

/// <param name="Server">Its address and trust.</param>
/// <param name="ClientId">24 hexadecimal digits.</param>
/// <param name="ClientSecret">The key, <c>mycelia_...</c>.</param>
public sealed record MyceliaOptions(ServerOptions Server, string ClientId, string ClientSecret);

/// <summary>Where the server's source file ids are kept across restarts, by start of the recording.</summary>
public sealed record SourceIds(Func<DateTimeOffset, string?> Of, Action<DateTimeOffset, string> Set)
{
    public static SourceIds In(SpoolStore spool) => new(spool.SourceIdOf, spool.SetSourceId);
}

/// <summary>
/// Uploads to a Mycelia server; the wire is laid out in <see cref="MyceliaParts"/>. A recording there is a source file with chunks: chunk 0
/// makes it, later ones name it. The id is looked up when a chunk is sent, never when it is queued. Where there is no id to name (chunk 0
/// was set aside, or an old queue lost it), or the server has forgotten it, the chunk goes out as chunk 0 and begins a new source file;
/// those after it keep their own numbers, which stay unique and in order.
/// </summary>
public sealed class MyceliaSink : IChunkSink
{
    /// <summary>So many refusals in a row of one chunk that names a source file, and the name is taken to be the reason. Below <see cref="HeadOfLine.Patience"/>.</summary>
    private const int RefusalsMax = 3;

    private readonly MyceliaOptions _options;
    private readonly SourceIds _sources;
    private readonly ServerLink _link;
    private readonly MyceliaToken _token;
    private readonly ILogger _log;
    private readonly Func<string?> _recorderState;
    private ChunkId? _askFirst;
    private (ChunkId? Chunk, int Count) _refusals;

    /// <exception cref="ArgumentException">The address or the CA certificate cannot be used.</exception>
    public MyceliaSink(MyceliaOptions options, SourceIds sources, TimeProvider time, ILogger log, Func<string?>? recorderState = null)
    {
        _options = options;
        _sources = sources;
        _log = log;
        _recorderState = recorderState ?? (() => null);
        _link = new ServerLink(options.Server, time);
        _token = new MyceliaToken(options, _link, time);
        Description = $"mycelia {_link.Address}";
        if (options.Server.IsUnprotected) Log.Unprotected(log, Description);
    }

    public string Description { get; }

    public async Task<UploadResult> SendAsync(SpoolChunk chunk, CancellationToken stopping)
    {
        using var file = new ChunkFile(chunk.Path);
        if (file.Length == 0) return new(UploadOutcome.Rejected, "empty file");
        var sourceId = chunk.Number == 0 ? null : _sources.Of(chunk.RecordingStartAt) ?? chunk.SourceFileId;
        var isRenewal = sourceId is not null && _refusals == (chunk.Id, RefusalsMax);
        if (isRenewal) sourceId = null;

        var (result, newSource) = await SendAsync(chunk, file, sourceId, stopping);
        if (result.Outcome == UploadOutcome.Accepted && sourceId is null) Remember(chunk, newSource!, isRenewal);
        CountRefusal(chunk, result, sourceId);
        return result;
    }

    public void Dispose() => _link.Dispose();

    private async Task<(UploadResult Result, string? NewSource)> SendAsync(SpoolChunk chunk, ChunkFile file, string? sourceId, CancellationToken stopping)
    {
        for (var isSecond = false; ; isSecond = true)
        {
            if (await _token.EnsureAsync(stopping) is { } trouble) return (trouble, null);
            var reply = await _link.PostAsync(MyceliaParts.Path, BodyOf(chunk, file, sourceId), headers => AddHeaders(headers, chunk), _askFirst == chunk.Id, stopping);
            if (file.Failure is { } failure) throw failure;
            _askFirst = reply.End == LinkEnd.Broken ? chunk.Id : null; // see IngestSink
            var token = _token.Current;
            if (reply.Status is 401 or 403) _token.Forget();
            if (reply.Status is 401 or 403 && !isSecond) continue;
            string? newSource = null;
            return (Verdict.Of(reply, text => Accept(text, sourceId, out newSource), token), newSource);
        }
    }

    /// <summary>A receipt for the first chunk of a source file that does not name it is none: nothing could follow.</summary>
    private static UploadResult? Accept(string text, string? sourceId, out string? newSource)
    {
        newSource = null;
        try
        {
            var accepted = JsonSerializer.Deserialize(text, UploadJson.Default.MyceliaAccepted);
            newSource = accepted?.SourceFileId;
            return accepted is { Success: true } && (sourceId ?? newSource) is { Length: > 0 }
                ? new(UploadOutcome.Accepted, "stored", 200, RemoteId: accepted.ChunkId) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A chunk 0 that comes late, after the recording went on without it, must not take the others with it.</summary>
    private void Remember(SpoolChunk chunk, string newSource, bool isRenewal)
    {
        if (chunk.Number == 0 && _sources.Of(chunk.RecordingStartAt) is not null) return;
        _sources.Set(chunk.RecordingStartAt, newSource);
        if (isRenewal) Log.SourceRenewed(_log, WallTime.ToText(chunk.RecordingStartAt), chunk.Id.ToString());
    }

    /// <summary>The server says 500 for an unknown source file as for any trouble with the audio, so it takes counting to tell.</summary>
    private void CountRefusal(SpoolChunk chunk, UploadResult result, string? sourceId) =>
        _refusals = result.StatusCode is 400 or 500 && sourceId is not null ? (chunk.Id, _refusals.Chunk == chunk.Id ? _refusals.Count + 1 : 1)
            : result is { StatusCode: 0, Outcome: UploadOutcome.Unavailable } ? _refusals
            : default;

    private static Func<Action, HttpContent> BodyOf(SpoolChunk chunk, ChunkFile file, string? sourceId)
    {
        var data = new MyceliaData
        {
            Start = WallTime.ToOffsetText(chunk.StartAt),
            ChunkNumber = sourceId is null ? 0 : chunk.Number,
            SourceFileId = sourceId,
            Metadata = new MyceliaMetadata
            {
                ChunkDurationMs = (long)Math.Round(chunk.Frames * 1000.0 / chunk.RateHz),
                RecordingStart = WallTime.ToOffsetText(chunk.RecordingStartAt),
            },
        };
        var suffix = Path.GetExtension(chunk.Path);
        var name = string.Create(CultureInfo.InvariantCulture, $"chunk_{data.ChunkNumber}{suffix}");
        var json = JsonSerializer.Serialize(data, UploadJson.Wire.MyceliaData);
        return progress => new ChunkMultipart([new(MyceliaParts.Data, json)], MyceliaParts.Audio, name, chunk.Codec.MediaType(), file) { Progress = progress };
    }

    private void AddHeaders(HttpRequestHeaders headers, SpoolChunk chunk)
    {
        headers.TryAddWithoutValidation("Authorization", $"Bearer {_token.Current}");
        ChunkHeaders.Add(headers, chunk, _recorderState());
    }
}
