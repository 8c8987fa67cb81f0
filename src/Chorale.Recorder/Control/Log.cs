using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Control;

internal static partial class Log
{
    [LoggerMessage(520, LogLevel.Information, "recording {recordingId} started: {file}", EventName = "recording_started")]
    public static partial void Started(ILogger log, string recordingId, string file);

    [LoggerMessage(521, LogLevel.Information, "recording {recordingId} complete: {file}, {frames} frames", EventName = "recording_complete")]
    public static partial void Complete(ILogger log, string recordingId, string file, long frames);

    [LoggerMessage(522, LogLevel.Error, "recording {recordingId} failed: {message}; what was written is completed at the next start", EventName = "recording_error")]
    public static partial void Failed(ILogger log, string recordingId, string message);

    [LoggerMessage(523, LogLevel.Warning, "recording {recordingId} ended before it began: stopped, or no audio of its time came", EventName = "recording_never_began")]
    public static partial void NeverBegan(ILogger log, string recordingId);

    [LoggerMessage(524, LogLevel.Warning, "the settings saved by a command in {file} cannot be used: {why}; set aside as {aside}, going on without them", EventName = "saved_config_bad")]
    public static partial void SavedConfigBad(ILogger log, string file, string why, string aside);

    [LoggerMessage(525, LogLevel.Warning, "{file}: {message}; going on without", EventName = "module_memory_failed")]
    public static partial void MemoryFailed(ILogger log, string file, string message);

    [LoggerMessage(526, LogLevel.Information, "settings saved by a command are in force: {settings}", EventName = "saved_config_used")]
    public static partial void SavedConfigUsed(ILogger log, string settings);

    [LoggerMessage(527, LogLevel.Information, "module {module} session {session} under {baseTopic} at {host}:{port}", EventName = "module_started")]
    public static partial void ModuleStarted(ILogger log, string module, long session, string baseTopic, string host, int port);

    [LoggerMessage(528, LogLevel.Information, "command {command} ({requestId}): {answer}", EventName = "command_answered")]
    public static partial void Answered(ILogger log, string command, string? requestId, string answer);

    [LoggerMessage(536, LogLevel.Debug, "command {command} ({requestId}) answered", EventName = "question_answered")]
    public static partial void QuestionAnswered(ILogger log, string command, string? requestId);

    [LoggerMessage(529, LogLevel.Warning, "command {command} ({requestId}) refused: {answer}", EventName = "command_refused")]
    public static partial void Refused(ILogger log, string command, string? requestId, string answer);

    [LoggerMessage(530, LogLevel.Error, "another recorder publishes as {module} (session {session}): two with one id overwrite each other's state", EventName = "duplicate_id")]
    public static partial void DuplicateId(ILogger log, string module, long? session);

    [LoggerMessage(531, LogLevel.Warning, "{refused} more commands were refused within a second", EventName = "commands_refused")]
    public static partial void MoreRefused(ILogger log, long refused);

    [LoggerMessage(532, LogLevel.Information, "shut down by command", EventName = "shutdown_commanded")]
    public static partial void ShutdownCommanded(ILogger log);

    [LoggerMessage(533, LogLevel.Information, "microphone muted until {until}", EventName = "muted")]
    public static partial void Muted(ILogger log, string until);

    [LoggerMessage(534, LogLevel.Information, "microphone not muted any more", EventName = "unmuted")]
    public static partial void Unmuted(ILogger log);

    [LoggerMessage(535, LogLevel.Error, "the module's work failed and goes on: {message}", EventName = "module_failed")]
    public static partial void ModuleFailed(ILogger log, string message, Exception exception);

    [LoggerMessage(536, LogLevel.Information, "the schedule is now {schedule} ({source})", EventName = "schedule_changed")]
    public static partial void ScheduleChanged(ILogger log, string schedule, string source);

    [LoggerMessage(537, LogLevel.Information, "the schedule that a command saved holds: {schedule}", EventName = "saved_schedule_used")]
    public static partial void SavedScheduleUsed(ILogger log, string schedule);
}
