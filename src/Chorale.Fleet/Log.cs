using Microsoft.Extensions.Logging;

namespace Chorale.Fleet;

internal static partial class Log
{
    [LoggerMessage(1300, LogLevel.Information, "module {ModuleId} is {Presence}: {Reason}", EventName = "module_presence")]
    public static partial void Presence(ILogger log, string moduleId, string presence, string reason);

    [LoggerMessage(1301, LogLevel.Warning, "module {ModuleId} is {Presence}: {Reason}", EventName = "module_gone")]
    public static partial void Gone(ILogger log, string moduleId, string presence, string reason);

    [LoggerMessage(1302, LogLevel.Warning, "module {ModuleId}: alarm {Alarm}", EventName = "module_alarm")]
    public static partial void Alarm(ILogger log, string moduleId, string alarm);

    [LoggerMessage(1303, LogLevel.Information, "module {ModuleId}: alarm {Alarm} has ended", EventName = "module_alarm_ended")]
    public static partial void AlarmEnded(ILogger log, string moduleId, string alarm);

    [LoggerMessage(1304, LogLevel.Warning, "module {ModuleId}: a {Kind} message of {Bytes} bytes cannot be read ({Problem}); {Count} so far", EventName = "module_message_unreadable")]
    public static partial void Unreadable(ILogger log, string moduleId, string kind, int bytes, string problem, long count);

    [LoggerMessage(1305, LogLevel.Warning, "a module cannot be called '{Name}'; messages under this name are ignored ({Count} so far)", EventName = "module_name_refused")]
    public static partial void BadName(ILogger log, string name, long count);

    [LoggerMessage(1306, LogLevel.Information, "command {Command} {CommandId} to {ModuleId}: {Verdict} after {Ms} ms {Reason}", EventName = "command_ended")]
    public static partial void CommandEnded(ILogger log, string command, string commandId, string moduleId, string verdict, double ms, string? reason);

    [LoggerMessage(1307, LogLevel.Warning, "module {ModuleId} answered command {CommandId} again, and differently: \"{Message}\"; the first answer counts", EventName = "command_contradicted")]
    public static partial void Contradicted(ILogger log, string moduleId, string? commandId, string message);

    [LoggerMessage(1308, LogLevel.Information, "command {Command} {CommandId} to {ModuleId} would be sent", EventName = "command_simulated")]
    public static partial void Simulated(ILogger log, string command, string commandId, string moduleId);

    [LoggerMessage(1309, LogLevel.Information, "session {SessionId}: {State}, {Armed} of {Modules} armed, spread {SpreadUs} us +- {UncertaintyUs}", EventName = "session_changed")]
    public static partial void Session(ILogger log, string sessionId, string state, int armed, int modules, double? spreadUs, double? uncertaintyUs);

    [LoggerMessage(1310, LogLevel.Warning, "the broker was lost ({Reason}); modules are not known until they are heard again", EventName = "fleet_link_lost")]
    public static partial void LinkLost(ILogger log, string reason);

    [LoggerMessage(1311, LogLevel.Information, "the broker is there; {Count} modules are asked for their status", EventName = "fleet_link_back")]
    public static partial void LinkBack(ILogger log, int count);

    [LoggerMessage(1312, LogLevel.Error, "a message on {Topic} could not be handled", EventName = "fleet_message_failed")]
    public static partial void MessageFailed(ILogger log, string topic, Exception exception);
}
