using System.Text.Json;
using System.Text.Json.Serialization;
using Chorale.Protocol;
using Chorale.Protocol.Rooms;

namespace Chorale.Show.Players.Remote;

/// <summary>
/// Between a hub and the machine that plays one of its rooms. The words on <c>{room}/audio</c> and <c>{room}/video</c> are the original's,
/// so any controller of its kind can command a room of ours, and any player of its kind hears our hub.
/// </summary>
/// <remarks>
/// To the player, QoS 1, never retained:
/// <code>
/// {room}/audio           PLAY:file[:0..1], STOP, STOP:file, PAUSE, RESUME, VOLUME:0..1, file
/// {room}/video           PLAY_VIDEO:file, STOP_VIDEO, PAUSE, RESUME, SEEK:s, file
/// {room}/STOP            anything: no sound, idle picture; not answered, the confirmations there are the devices'
/// {room}/player/preload  {"audio":["a.mp3"],"video":["b.mp4"]}
/// </code>
/// From the player: <c>devices/{room}_player/status</c> online or offline (retained, Will, every 5 s), and <c>{room}/player/event</c>:
/// <code>
/// {"event":"audio_end","file":"a.mp3","id":"..."}   {"event":"video_end","file":"b.mp4","id":"..."}   {"event":"problem","text":"..."}
/// {"event":"state","state":"playing","problem":null,"playing":[{"file":"a.mp3","kind":"audio","position_s":1.5}],"ended":[...]}   at every change and every 5 s
/// </code>
/// <c>ended</c> repeats the ends of the last 30 s: whoever was away when one was told (a broker's restart brings everybody back at a
/// moment of his own) hears of it then.
/// </remarks>
internal static class PlayerWire
{
    public static readonly TimeSpan BeatEvery = TimeSpan.FromSeconds(5);

    /// <summary>2.5 beats are late, 4 are lost.</summary>
    public static readonly TimeSpan LostAfter = 4 * BeatEvery;

    /// <summary>A word that could not be handed on for so long would be heard in a moment that is not its own.</summary>
    public static readonly TimeSpan WordExpiry = TimeSpan.FromSeconds(2);

    /// <summary>Of ends, in the state.</summary>
    public static readonly TimeSpan EndsKept = TimeSpan.FromSeconds(30);

    public const int EndsMax = 32;

    public const int PreloadMax = 200;

    public const string Online = "online", Offline = "offline";

    public static string DeviceId(string room) => room + "_player";

    public static string Status(string room) => RoomTopics.DeviceStatus(DeviceId(room));

    public static string Audio(string room) => room + "/audio";

    public static string Video(string room) => room + "/video";

    public static string Preload(string room) => room + "/player/preload";

    public static string Event(string room) => room + "/player/event";

    public static byte[] ToBytes(PlayerMessage message) => JsonSerializer.SerializeToUtf8Bytes(message, PlayerJson.Default.PlayerMessage);

    public static byte[] ToBytes(PreloadMessage message) => JsonSerializer.SerializeToUtf8Bytes(message, PlayerJson.Default.PreloadMessage);

    /// <summary>Null: not one of these messages.</summary>
    public static PlayerMessage? ReadMessage(ReadOnlySpan<byte> json) => TryRead(json, PlayerJson.Default.PlayerMessage);

    /// <inheritdoc cref="ReadMessage"/>
    public static PreloadMessage? ReadPreload(ReadOnlySpan<byte> json) => TryRead(json, PlayerJson.Default.PreloadMessage);

    private static T? TryRead<T>(ReadOnlySpan<byte> json, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonConverter(typeof(SnakeCaseEnum<PlayerMessageKind>))]
internal enum PlayerMessageKind
{
    AudioEnd,
    VideoEnd,
    Problem,
    State,
}

internal sealed record PlayerMessage([property: JsonRequired] PlayerMessageKind Event)
{
    /// <summary>Of an end: told twice where nobody knows whether it arrived, it counts once. Unsaid: it counts.</summary>
    public string? Id { get; init; }

    public string? File { get; init; }

    public string? Text { get; init; }

    public PlayerState? State { get; init; }

    public string? Problem { get; init; }

    public IReadOnlyList<PlayingMessage>? Playing { get; init; }

    public IReadOnlyList<PlayerMessage>? Ended { get; init; }
}

internal sealed record PlayingMessage([property: JsonRequired] string File, [property: JsonRequired] MediaKind Kind, double? PositionS);

internal sealed record PreloadMessage(IReadOnlyList<string>? Audio, IReadOnlyList<string>? Video);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 8)]
[JsonSerializable(typeof(PlayerMessage))]
[JsonSerializable(typeof(PreloadMessage))]
internal sealed partial class PlayerJson : JsonSerializerContext;
