using Microsoft.Extensions.Logging;

namespace Chorale.Show.Devices;

internal static partial class Log
{
    [LoggerMessage(1440, LogLevel.Debug, "Device {Device} status: {Word}", EventName = "device_status")]
    public static partial void DeviceStatus(ILogger log, string device, string word);

    [LoggerMessage(1441, LogLevel.Information, "Device {Device} is {Presence}: {Reason}", EventName = "device_presence")]
    public static partial void Presence(ILogger log, string device, string presence, string reason);

    [LoggerMessage(1442, LogLevel.Warning, "Device {Device} is {Presence}: {Reason}", EventName = "device_gone")]
    public static partial void Gone(ILogger log, string device, string presence, string reason);

    [LoggerMessage(1443, LogLevel.Warning, "Device {Device}: alarm {Alarm}, {Reason}", EventName = "device_alarm")]
    public static partial void Alarm(ILogger log, string device, string alarm, string reason);

    [LoggerMessage(1444, LogLevel.Information, "Device {Device}: alarm {Alarm} has ended", EventName = "device_alarm_ended")]
    public static partial void AlarmEnded(ILogger log, string device, string alarm);

    [LoggerMessage(1445, LogLevel.Warning, "Unknown status of device {Device}: '{Text}' ({Count} unknown so far)", EventName = "device_status_unknown")]
    public static partial void UnknownStatus(ILogger log, string device, string text, long count);

    [LoggerMessage(1446, LogLevel.Warning, "A device called '{Device}' is not listed: {Why} ({Count} refused so far)", EventName = "device_refused")]
    public static partial void DeviceRefused(ILogger log, string device, string why, long count);

    [LoggerMessage(1447, LogLevel.Error, "the registry of devices cannot be written; tried again every 2 s", EventName = "device_store_failed")]
    public static partial void StoreFailed(ILogger log, Exception e);

    [LoggerMessage(1448, LogLevel.Information, "the registry of devices is written again", EventName = "device_store_back")]
    public static partial void StoreBack(ILogger log);

    [LoggerMessage(1449, LogLevel.Error, "judging the presence of devices failed", EventName = "device_tick_failed")]
    public static partial void TickFailed(ILogger log, Exception e);
}
