using Microsoft.Extensions.Logging;

namespace Chorale.Show.Players;

internal static partial class Log
{
    [LoggerMessage(1460, LogLevel.Warning, "{Problem}", EventName = "player_problem")]
    public static partial void PlayerProblem(ILogger logger, string problem);

    [LoggerMessage(1461, LogLevel.Error, "the player stumbled and goes on", EventName = "player_failed")]
    public static partial void PlayerFailed(ILogger logger, Exception exception);

    [LoggerMessage(1462, LogLevel.Debug, "the thread {Thread} is an ordinary one: {Why}", EventName = "thread_not_realtime")]
    public static partial void NotRealtime(ILogger logger, string thread, string why);

    [LoggerMessage(1463, LogLevel.Warning, "idle image: {Problem}; black instead", EventName = "idle_image_missing")]
    public static partial void IdleImageMissing(ILogger logger, string problem);

    [LoggerMessage(1464, LogLevel.Warning, "the player of {Room} said {Bytes} bytes that are not understood", EventName = "player_not_understood")]
    public static partial void PlayerNotUnderstood(ILogger logger, string room, int bytes);

    [LoggerMessage(1465, LogLevel.Information, "the room {Room} is played here: media in {Folder}", EventName = "room_player_ready")]
    public static partial void RoomPlayerReady(ILogger logger, string room, string folder);

    [LoggerMessage(1466, LogLevel.Information, "connected to the broker {Broker}", EventName = "room_player_connected")]
    public static partial void RoomPlayerConnected(ILogger logger, string broker);

    [LoggerMessage(1467, LogLevel.Warning, "no connection to the broker: {Reason}; what plays goes on", EventName = "room_player_alone")]
    public static partial void RoomPlayerAlone(ILogger logger, string reason);

    [LoggerMessage(1468, LogLevel.Information, "STOP", EventName = "room_player_stopped")]
    public static partial void RoomPlayerStopped(ILogger logger);

    [LoggerMessage(1469, LogLevel.Information, "button {Name}: {Topic} {Message}", EventName = "button_pressed")]
    public static partial void ButtonPressed(ILogger logger, string name, string topic, string message);

    [LoggerMessage(1470, LogLevel.Warning, "button {Name} was pressed and nobody was told: {Reason}", EventName = "button_not_sent")]
    public static partial void ButtonNotSent(ILogger logger, string name, string reason);

    [LoggerMessage(1471, LogLevel.Warning, "buttons: {Problem}", EventName = "buttons_problem")]
    public static partial void ButtonsProblem(ILogger logger, string problem);

    [LoggerMessage(1472, LogLevel.Information, "button {Name} is ready", EventName = "button_ready")]
    public static partial void ButtonReady(ILogger logger, string name);
}
