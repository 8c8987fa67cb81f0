using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Health;

internal static partial class Log
{
    [LoggerMessage(500, LogLevel.Information, "health at http://127.0.0.1:{port}/health", EventName = "healthcheck_started")]
    public static partial void HealthStarted(ILogger log, int port);

    [LoggerMessage(501, LogLevel.Error, "port {port} for health is taken ({message}); recording goes on without it", EventName = "healthcheck_failed")]
    public static partial void HealthPortInUse(ILogger log, int port, string message);

    [LoggerMessage(502, LogLevel.Debug, "health request broken off: {message}", EventName = "healthcheck_client_gone")]
    public static partial void HealthClientGone(ILogger log, string message);

    [LoggerMessage(503, LogLevel.Error, "{alarm}: {text}", EventName = "alarm_raised")]
    public static partial void AlarmRaised(ILogger log, string alarm, string text);

    [LoggerMessage(504, LogLevel.Warning, "{alarm}: {text}", EventName = "alarm_noted")]
    public static partial void AlarmNoted(ILogger log, string alarm, string text);

    [LoggerMessage(505, LogLevel.Information, "{alarm} is over", EventName = "alarm_cleared")]
    public static partial void AlarmCleared(ILogger log, string alarm);
}
