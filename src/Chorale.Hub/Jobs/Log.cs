using Microsoft.Extensions.Logging;

namespace Chorale.Hub.Jobs;

internal static partial class Log
{
    [LoggerMessage(1060, LogLevel.Error, "job {JobId} ended by a fault of ours", EventName = "job_failed")]
    public static partial void JobFailed(ILogger log, string jobId, Exception exception);

    [LoggerMessage(1061, LogLevel.Error, "the folder of job {JobId} could not be written or deleted", EventName = "job_not_saved")]
    public static partial void JobNotSaved(ILogger log, string jobId, Exception exception);
}
