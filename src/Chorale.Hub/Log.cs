using Microsoft.Extensions.Logging;

namespace Chorale.Hub;

internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Information, "The hub listens on {Addresses}, data in {DataFolder}", EventName = "hub_started")]
    public static partial void Started(ILogger log, string addresses, string dataFolder);

    [LoggerMessage(1001, LogLevel.Information, "The hub has stopped", EventName = "hub_stopped")]
    public static partial void Stopped(ILogger log);

    [LoggerMessage(1002, LogLevel.Warning, "http on {Address} is not encrypted: tokens and audio can be read on the way. Set certificate, or listen behind a proxy that has one", EventName = "http_beyond_loopback")]
    public static partial void PlainBeyondLoopback(ILogger log, string address);

    [LoggerMessage(1003, LogLevel.Error, "A chunk from {DeviceId} could not be saved; it was not acknowledged", EventName = "chunk_save_failed")]
    public static partial void SaveFailed(ILogger log, string deviceId, Exception exception);

    [LoggerMessage(1004, LogLevel.Information, "{DeviceId} went away after {Bytes} bytes of an upload", EventName = "sender_left")]
    public static partial void SenderLeft(ILogger log, string deviceId, long bytes);

    [LoggerMessage(1005, LogLevel.Warning, "A Chorale-Chunk header of {Chars} characters could not be read; the chunk is taken without it", EventName = "chunk_header_unreadable")]
    public static partial void HeaderUnreadable(ILogger log, int chars);

    [LoggerMessage(1006, LogLevel.Warning, "Only {FreeMb} MB are free in {DataFolder}, less than the {FloorMb} MB to be kept free: the oldest audio is deleted as new audio comes. Make room, move the folder or set free_floor", EventName = "free_space_under_floor")]
    public static partial void UnderFloor(ILogger log, long freeMb, string dataFolder, long floorMb);

    [LoggerMessage(1007, LogLevel.Error, "{Who} did {Action} to {Target}, and it could not be written down", EventName = "audit_lost")]
    public static partial void AuditLost(ILogger log, string who, string action, string target, Exception exception);

    [LoggerMessage(1008, LogLevel.Information, "Audio is kept as {Who} has set it on the page: {Rule} (hub.yaml says {FileRule}, which does not count until that is taken back)", EventName = "keep_rule_set")]
    public static partial void KeepRuleSet(ILogger log, string who, string rule, string fileRule);

    [LoggerMessage(1009, LogLevel.Error, "{Path} cannot be read: nothing is deleted for its age or size until somebody sets anew on the page how long audio is kept", EventName = "keep_rule_unreadable")]
    public static partial void KeepRuleUnreadable(ILogger log, string path, Exception exception);

    [LoggerMessage(1020, LogLevel.Error, "command {CommandId} ended by a fault of ours", EventName = "fleet_command_failed")]
    public static partial void CommandFailed(ILogger log, string commandId, Exception exception);

    [LoggerMessage(1021, LogLevel.Error, "an event of the fleet ({Kind}) could not be followed", EventName = "fleet_event_failed")]
    public static partial void FleetEventFailed(ILogger log, string kind, Exception exception);

    [LoggerMessage(1022, LogLevel.Error, "what is known of the fleet could not be saved; tried again", EventName = "fleet_save_failed")]
    public static partial void FleetSaveFailed(ILogger log, Exception exception);

    [LoggerMessage(1040, LogLevel.Information, "Recorder {ModuleId} is connected by a WebSocket from {From}", EventName = "recorder_socket_opened")]
    public static partial void SocketOpened(ILogger log, string moduleId, string from);

    [LoggerMessage(1041, LogLevel.Information, "Recorder {ModuleId} has left its WebSocket", EventName = "recorder_socket_closed")]
    public static partial void SocketClosed(ILogger log, string moduleId);

    [LoggerMessage(1042, LogLevel.Warning, "A newer connection from {From} has the name {ModuleId}; the one before it was ended. Two recorders with one id? Give each its own: ?id=NAME", EventName = "recorder_socket_replaced")]
    public static partial void SocketReplaced(ILogger log, string moduleId, string from);

    [LoggerMessage(1043, LogLevel.Warning, "Recorder {ModuleId} said something of {Bytes} bytes that cannot be read ({Problem}); {Count} so far", EventName = "recorder_socket_unreadable")]
    public static partial void SocketUnreadable(ILogger log, string moduleId, int bytes, string problem, long count);

    [LoggerMessage(1044, LogLevel.Warning, "Recorder {ModuleId} sent a message of more than {MostBytes} bytes and was disconnected", EventName = "recorder_socket_too_large")]
    public static partial void SocketTooLarge(ILogger log, string moduleId, int mostBytes);

    [LoggerMessage(1045, LogLevel.Warning, "Device {Device} asked for the name {ModuleId}, which is device {Owner}'s, and was refused ({Count} so far). Give it another name, or, where it replaces that one, a token of that one's id", EventName = "recorder_socket_refused")]
    public static partial void SocketRefused(ILogger log, string moduleId, string device, string owner, int count);

    [LoggerMessage(1060, LogLevel.Error, "the book of events cannot be written; events are kept in memory and it is tried again", EventName = "book_failed")]
    public static partial void BookNotWritten(ILogger log, Exception exception);

    [LoggerMessage(1061, LogLevel.Information, "the book of events is written again", EventName = "book_back")]
    public static partial void BookBack(ILogger log);

    [LoggerMessage(1062, LogLevel.Error, "the book of events met an error of the program; it goes on", EventName = "book_turn_failed")]
    public static partial void BookFailed(ILogger log, Exception exception);

    [LoggerMessage(1063, LogLevel.Error, "what is wrong with {What} could not be looked at; tried again", EventName = "story_failed")]
    public static partial void StoryFailed(ILogger log, string what, Exception exception);
}
