using Microsoft.Extensions.Logging;

namespace Chorale.Show.Room;

internal static partial class Log
{
    [LoggerMessage(1480, LogLevel.Critical, "the room's thread had a bad turn; whatever ran ends and STOP is said", EventName = "room_engine_failed")]
    public static partial void EngineFailed(ILogger logger, Exception e);

    [LoggerMessage(1481, LogLevel.Error, "{Reader} could not take notes of the room", EventName = "room_journal_failed")]
    public static partial void JournalFailed(ILogger logger, string reader, Exception e);

    [LoggerMessage(1482, LogLevel.Error, "{Problem}", EventName = "room_file_problem")]
    public static partial void FileProblem(ILogger logger, string problem);

    [LoggerMessage(1483, LogLevel.Information, "room {Room}: {Scenes} scenes, {Nodes} devices, player {Player}", EventName = "room_opened")]
    public static partial void Opened(ILogger logger, string room, int scenes, int nodes, string player);

    [LoggerMessage(1484, LogLevel.Warning, "{Count} messages of the room were dropped: more came than could be taken", EventName = "room_messages_dropped")]
    public static partial void MessagesDropped(ILogger logger, long count);

    [LoggerMessage(1485, LogLevel.Warning, "malformed message on {Topic} ({Bytes} bytes)", EventName = "room_message_malformed")]
    public static partial void Malformed(ILogger logger, string topic, int bytes);

    [LoggerMessage(1486, LogLevel.Error, "work of the room failed: {What}", EventName = "room_task_failed")]
    public static partial void TaskFailed(ILogger logger, string what, Exception e);
}
