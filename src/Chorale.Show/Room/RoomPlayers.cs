using Chorale.Mqtt;
using Chorale.Show.Players;
using Chorale.Show.Players.Mpv;
using Chorale.Show.Players.Remote;
using Chorale.Show.Scenes;
using Microsoft.Extensions.Logging;

namespace Chorale.Show.Room;

/// <summary>The player that a room's file asks for, and the files it has.</summary>
internal static class RoomPlayers
{
    public static IRoomPlayer For(RoomSettings room, StageOptions stage, MqttClient? mqtt, TimeProvider time, ILoggerFactory logs) => room.Player switch
    {
        PlayerKind.Mpv => new MpvPlayer(
            new PlayerOptions
            {
                Media = new MediaFolder(room.MediaFolder), AudioDevice = room.AudioDevice, AudioOutput = stage.AudioOutput, Screen = room.VideoOutput ?? "auto",
                Displays = stage.Displays, IdleImage = room.IdleImage,
            },
            time, logs.CreateLogger("player")),
        PlayerKind.Remote when mqtt is not null => new RemotePlayer(mqtt, room.Id, time, logs.CreateLogger("player")),
        _ => new NullPlayer(),
    };

    /// <summary>Whether a scene's file is there, by the names that scenes use. Null: nobody here can know.</summary>
    public static Func<ActionKind, string, bool>? MediaOf(RoomSettings room)
    {
        if (room.Player != PlayerKind.Mpv) return null;
        var media = new MediaFolder(room.MediaFolder);
        return (kind, name) => media.Has(kind == ActionKind.Audio ? MediaKind.Audio : MediaKind.Video, name);
    }
}
