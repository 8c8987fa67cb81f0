using Microsoft.Extensions.Logging;

namespace Chorale.Show.Players;

internal static partial class Log
{
    [LoggerMessage(1460, LogLevel.Warning, "{Problem}", EventName = "player_problem")]
    public static partial void PlayerProblem(ILogger logger, string problem);

    [LoggerMessage(1461, LogLevel.Error, "the player stumbled and goes on", EventName = "player_failed")]
    public static partial void PlayerFailed(ILogger logger, Exception exception);

    [LoggerMessage(1462, LogLevel.Debug, "the player's thread is an ordinary one: {Why}", EventName = "player_not_realtime")]
    public static partial void NotRealtime(ILogger logger, string why);

    [LoggerMessage(1463, LogLevel.Warning, "idle image: {Problem}; black instead", EventName = "idle_image_missing")]
    public static partial void IdleImageMissing(ILogger logger, string problem);
}
