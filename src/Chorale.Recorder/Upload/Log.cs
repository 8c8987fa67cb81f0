using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Upload;

internal static partial class Log
{
    [LoggerMessage(400, LogLevel.Warning, "audio and token travel unencrypted to {Sink}", EventName = "upload_unencrypted")]
    public static partial void Unprotected(ILogger log, string sink);

    [LoggerMessage(401, LogLevel.Information, "{Count} chunks stored, the last one {ChunkId} of {Bytes} bytes as {RemoteId}; {Waiting} wait", EventName = "upload_ok")]
    public static partial void Ok(ILogger log, int count, string chunkId, long bytes, string? remoteId, int waiting);

    [LoggerMessage(402, LogLevel.Warning, "chunk {ChunkId} not taken: {Detail} (status {Status})", EventName = "upload_http_error")]
    public static partial void HttpError(ILogger log, string chunkId, string detail, int status);

    [LoggerMessage(403, LogLevel.Warning, "chunk {ChunkId} not sent: {Detail}", EventName = "upload_network_error")]
    public static partial void NetworkError(ILogger log, string chunkId, string detail);

    [LoggerMessage(404, LogLevel.Information, "next attempt in {Seconds:0.0} s", EventName = "upload_backoff")]
    public static partial void Backoff(ILogger log, double seconds);

    [LoggerMessage(405, LogLevel.Warning, "chunk {ChunkId} set aside for good: {Detail}", EventName = "upload_rejected")]
    public static partial void Rejected(ILogger log, string chunkId, string detail);

    [LoggerMessage(406, LogLevel.Error, "{Sink} refuses the credentials: {Detail}; chunks are kept and wait", EventName = "upload_refused")]
    public static partial void Refused(ILogger log, string sink, string detail);

    [LoggerMessage(407, LogLevel.Information, "{Sink} takes chunks again after {Failures} failed attempts", EventName = "upload_resumed")]
    public static partial void Resumed(ILogger log, string sink, int failures);

    [LoggerMessage(408, LogLevel.Error, "{Count} chunks in a row were refused for good; the next are tried slowly: {Detail}", EventName = "uploads_rejected")]
    public static partial void ManyRejected(ILogger log, int count, string detail);

    [LoggerMessage(409, LogLevel.Warning, "chunk {ChunkId} fails again and again where others pass; it is tried again in {Minutes:0} min", EventName = "upload_passed_over")]
    public static partial void PassedOver(ILogger log, string chunkId, double minutes);

    [LoggerMessage(410, LogLevel.Error, "chunk {ChunkId}: {Detail}", EventName = "upload_local_error")]
    public static partial void LocalError(ILogger log, Exception? e, string chunkId, string detail);

    [LoggerMessage(411, LogLevel.Information, "uploading ended, {Waiting} chunks wait", EventName = "upload_stopped")]
    public static partial void Stopped(ILogger log, int waiting);

    [LoggerMessage(412, LogLevel.Warning, "the source file of the recording of {RecordingStart} is unknown to the server; a new one began with chunk {ChunkId}", EventName = "upload_source_renewed")]
    public static partial void SourceRenewed(ILogger log, string recordingStart, string chunkId);
}
