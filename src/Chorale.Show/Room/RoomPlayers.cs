using Chorale.Mqtt;
using Chorale.Show.Players;
using Chorale.Show.Scenes;
using Microsoft.Extensions.Logging;

namespace Chorale.Show.Room;

/// <summary>The player that a room's file asks for, and the files it has.</summary>
internal static class RoomPlayers
{
    public static IRoomPlayer For(RoomSettings room, MqttClient? mqtt, TimeProvider time, ILoggerFactory logs) => new NullPlayer();

    /// <summary>Whether a scene's file is there, by the names that scenes use. Null: nobody here can know.</summary>
    public static Func<ActionKind, string, bool>? MediaOf(RoomSettings room) => null;
}
