using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Capture;

internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Information, "microphone open: {detail}", EventName = "audio_device_ok")]
    public static partial void DeviceOk(ILogger log, string detail);

    [LoggerMessage(101, LogLevel.Warning, "microphone not available: {detail}; trying again in {seconds} s, or when it is seen", EventName = "mic_not_available")]
    public static partial void NotAvailable(ILogger log, string detail, double seconds);

    [LoggerMessage(102, LogLevel.Warning, "microphone lost: {detail}", EventName = "mic_lost")]
    public static partial void DeviceLost(ILogger log, string detail);

    [LoggerMessage(103, LogLevel.Warning, "the device overran, {lostFrames} frames lost: {detail}", EventName = "xrun")]
    public static partial void Xrun(ILogger log, long lostFrames, string detail);

    [LoggerMessage(104, LogLevel.Warning, "the device is open but gives no frames: {detail}", EventName = "mic_no_frames")]
    public static partial void NoFrames(ILogger log, string detail);

    [LoggerMessage(105, LogLevel.Error, "the device gives no frames although it was opened anew three times: {detail}", EventName = "mic_silent")]
    public static partial void SilentDevice(ILogger log, string detail);

    [LoggerMessage(106, LogLevel.Information, "the input has ended: {detail}", EventName = "input_ended")]
    public static partial void Ended(ILogger log, string detail);

    [LoggerMessage(107, LogLevel.Error, "the microphone cannot be used as asked: {detail}", EventName = "mic_failed")]
    public static partial void Failed(ILogger log, string detail);
}
