namespace Chorale.Recorder.Upload;

/// <summary>The uploads in numbers, for health and metrics; one value, replaced as a whole.</summary>
/// <param name="UploadedTotal">Chunks stored since the start of the process.</param>
/// <param name="ErrorsTotal">Attempts that failed, refusals included.</param>
/// <param name="RejectedTotal">Chunks refused for good.</param>
/// <param name="LastUploadAt">Of the last receipt.</param>
/// <param name="LastError">In words, without anything secret; null after a receipt.</param>
/// <param name="LastErrorAt">When it happened.</param>
/// <param name="FailuresInRow">Attempts since the last receipt or refusal; 0 = the link works.</param>
/// <param name="RejectedInRow">Refusals for good since the last receipt.</param>
/// <param name="RestingChunks">Chunks that fail where others pass.</param>
/// <param name="CredentialsRefused">The server does not know us.</param>
public sealed record UploadStatus(
    long UploadedTotal = 0, long ErrorsTotal = 0, long RejectedTotal = 0, DateTimeOffset? LastUploadAt = null, string? LastError = null,
    DateTimeOffset? LastErrorAt = null, int FailuresInRow = 0, int RejectedInRow = 0, int RestingChunks = 0, bool CredentialsRefused = false)
{
    /// <summary>So many refusals in a row are no longer bad chunks: somebody mistyped an id, or a proxy allows less than a chunk.</summary>
    public const int RejectedInRowMax = 10;

    /// <summary>Text ids of what a person should look at.</summary>
    public IEnumerable<string> Alarms
    {
        get
        {
            if (CredentialsRefused) yield return "upload_refused";
            if (RejectedInRow >= RejectedInRowMax) yield return "uploads_rejected";
            if (RestingChunks > 0) yield return "upload_passed_over";
        }
    }
}
