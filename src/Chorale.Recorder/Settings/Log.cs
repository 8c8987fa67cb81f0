using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Settings;

internal static partial class Log
{
    [LoggerMessage(600, LogLevel.Information, "settings: {Flavour}, file {File}", EventName = "settings_loaded")]
    public static partial void Loaded(ILogger log, string flavour, string file);

    [LoggerMessage(601, LogLevel.Warning, "settings: {Notice}", EventName = "settings_notice")]
    public static partial void Notice(ILogger log, string notice);

    [LoggerMessage(602, LogLevel.Error, "settings: {Problem}", EventName = "config_load_failed")]
    public static partial void Problem(ILogger log, string problem);
}
