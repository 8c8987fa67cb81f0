using Chorale.Recorder.Spool;

namespace Chorale.Recorder.Upload;

/// <summary>The three ways an upload can end; the loop's switch over them is exhaustive.</summary>
public enum UploadOutcome
{
    /// <summary>The server has it for good.</summary>
    Accepted,

    /// <summary>The server will never take this chunk: quarantine it, go on with the next.</summary>
    Rejected,

    /// <summary>Not now: back off and send the same chunk again.</summary>
    Unavailable,
}

/// <param name="Outcome">What to do.</param>
/// <param name="Detail">In words, without anything secret.</param>
/// <param name="StatusCode">HTTP status, 0 when none came.</param>
/// <param name="RetryAfter">What the server asked for.</param>
/// <param name="IsCredentialProblem">401 or 403 after a refresh: raises the alarm <c>upload_refused</c>, never quarantines.</param>
/// <param name="RemoteId">The server's name for the chunk.</param>
/// <param name="MayBeTheChunk">The server was there and this chunk failed in its hands: a 400, a 500, a reset once there was a
/// connection, silence after the body had begun. False where the cause lies elsewhere: no connection, credentials, a wrong address, "too many requests".</param>
public sealed record UploadResult(
    UploadOutcome Outcome, string Detail, int StatusCode = 0, TimeSpan? RetryAfter = null, bool IsCredentialProblem = false, string? RemoteId = null,
    bool MayBeTheChunk = false);

/// <summary>Where chunks go: an Ingest API, a Mycelia server.</summary>
public interface IChunkSink : IDisposable
{
    /// <summary>For logs: kind and address without credentials.</summary>
    string Description { get; }

    /// <summary>Sends one chunk. Throws only on cancellation or when the local file cannot be read.</summary>
    Task<UploadResult> SendAsync(SpoolChunk chunk, CancellationToken stopping);
}
