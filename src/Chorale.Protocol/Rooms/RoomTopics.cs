namespace Chorale.Protocol.Rooms;

/// <summary>What a topic is to a room.</summary>
public enum RoomTopicKind
{
    /// <summary>Not of this room.</summary>
    Foreign,

    /// <summary><c>devices/&lt;id&gt;/status</c>: presence, or a direct confirmation of the first generation.</summary>
    DeviceStatus,

    /// <summary>Ends in <c>/feedback</c>: a node of the second generation answers a command.</summary>
    Feedback,

    /// <summary><c>{room}/status</c>: a node of the first generation answers some command of the room.</summary>
    RoomStatus,

    /// <summary><c>{room}/scene</c>: START starts the default scene.</summary>
    Scene,

    /// <summary><c>{room}/start_scene</c>: the payload names one.</summary>
    StartScene,

    /// <summary><c>{room}/STOP</c>.</summary>
    Stop,

    /// <summary>Anything else below the room: an event for its scenes.</summary>
    Event,
}

/// <summary>
/// Topics between a controller, its rooms and their nodes, both generations. The first level is the room's id, whatever it is called:
/// <c>hall1</c> is a room like <c>room1</c>.
/// </summary>
public static class RoomTopics
{
    public const string FeedbackEnd = "/feedback";

    public const string DeviceStatusFilter = "devices/+/status";

    private const string Devices = "devices/", StatusEnd = "/status";

    /// <summary>What a controller of a room listens to. Feedback of commands to <c>devices/...</c> included.</summary>
    public static IReadOnlyList<string> Filters(string room) => [DeviceStatusFilter, "devices/+/+/feedback", room + "/#"];

    public static string Stop(string room) => room + "/STOP";

    public static string Scene(string room) => room + "/scene";

    public static string StartScene(string room) => room + "/start_scene";

    public static string Status(string room) => room + StatusEnd;

    public static string DeviceStatus(string device) => Devices + device + StatusEnd;

    public static string Feedback(string commandTopic) => commandTopic + FeedbackEnd;

    /// <summary>In the order in which controllers have always routed: status, feedback, default scene, named scene, the rest.</summary>
    public static RoomTopicKind Classify(string room, string topic)
    {
        if (TryDeviceStatus(topic, out _)) return RoomTopicKind.DeviceStatus;
        var rest = Below(room, topic);
        if (rest.IsEmpty) return topic.StartsWith(Devices, StringComparison.Ordinal) && IsFeedback(topic) ? RoomTopicKind.Feedback : RoomTopicKind.Foreign;
        if (IsFeedback(topic)) return RoomTopicKind.Feedback;
        return rest switch
        {
            "scene" => RoomTopicKind.Scene,
            "start_scene" => RoomTopicKind.StartScene,
            "STOP" => RoomTopicKind.Stop,
            "status" => RoomTopicKind.RoomStatus,
            _ => RoomTopicKind.Event,
        };
    }

    /// <summary>True for <c>devices/&lt;id&gt;/status</c>. The id is what stands there: check it before it goes anywhere.</summary>
    public static bool TryDeviceStatus(ReadOnlySpan<char> topic, out ReadOnlySpan<char> device)
    {
        device = default;
        if (!topic.StartsWith(Devices) || !topic.EndsWith(StatusEnd) || topic.Length <= Devices.Length + StatusEnd.Length) return false;
        device = topic[Devices.Length..^StatusEnd.Length];
        return !device.Contains('/');
    }

    public static bool IsFeedback(ReadOnlySpan<char> topic) => topic.Length > FeedbackEnd.Length && topic.EndsWith(FeedbackEnd);

    /// <summary>The topic that a feedback topic answers.</summary>
    public static ReadOnlySpan<char> CommandOf(ReadOnlySpan<char> feedbackTopic) => feedbackTopic[..^FeedbackEnd.Length];

    /// <summary>
    /// Where a node of the first generation answers a command on <paramref name="topic"/>: <c>devices/&lt;id&gt;/x</c> on
    /// <c>devices/&lt;id&gt;/status</c>, everything else on the status of its room, the first level.
    /// </summary>
    public static string FirstGenerationAnswer(string topic)
    {
        var slash = topic.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0) return topic + StatusEnd;
        if (!topic.StartsWith(Devices, StringComparison.Ordinal)) return topic[..slash] + StatusEnd;
        var end = topic.IndexOf('/', Devices.Length);
        return (end < 0 ? topic : topic[..end]) + StatusEnd;
    }

    /// <summary>
    /// Whether any device answers a command on this topic: not on STOP, RESET and GLOBAL (STOP is counted apart), not on what a player or
    /// a controller takes, not on answers themselves.
    /// </summary>
    public static bool ExpectsFeedback(ReadOnlySpan<char> topic)
    {
        var slash = topic.LastIndexOf('/');
        if (slash < 0) return false;
        return topic[(slash + 1)..] is not ("STOP" or "RESET" or "GLOBAL" or "audio" or "video" or "status" or "feedback" or "scene" or "start_scene");
    }

    private static ReadOnlySpan<char> Below(string room, string topic) =>
        topic.Length > room.Length + 1 && topic[room.Length] == '/' && topic.StartsWith(room, StringComparison.Ordinal) ? topic.AsSpan(room.Length + 1) : default;
}
