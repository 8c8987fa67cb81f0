using System.Text;
using Chorale.Show.Feedback;
using Chorale.Show.Players;

namespace Chorale.Show.Scenes;

/// <summary>Whether the room has what the scene wants.</summary>
internal static class RoomCheck
{
    public static void Check(Scene scene, SceneCheckContext context, SceneProblems problems)
    {
        var isPlayerMissed = false;
        var looked = new Dictionary<(ActionKind, string), bool>();
        foreach (var action in SceneCheck.Actions(scene))
        {
            if (action.Kind == ActionKind.Mqtt && action.Topic is { } topic)
            {
                Topic(action, topic, context, problems);
                continue;
            }

            if (action.Kind is not (ActionKind.Audio or ActionKind.Video)) continue;
            if (!context.HasPlayer && !isPlayerMissed)
            {
                isPlayerMissed = true;
                problems.Add(SceneRule.NoPlayer, action.Path, action.Line, "the room has no player; this and all other sounds and pictures of the scene stay silent and dark");
            }

            Media(action, context, looked, problems);
        }

        if (context.RoomId is not { } room) return;
        foreach (var t in SceneCheck.Transitions(scene).Where(t => t is { Type: TransitionKind.MqttMessage, Topic: not null } && !IsInside(t.Topic, room)))
            problems.Add(SceneRule.OutsideRoom, t.Path, t.Line, $"\"{PrintableText.Of(t.Topic!)}\" is outside {room}/; the room does not hear it");
    }

    private static void Topic(SceneAction action, string topic, SceneCheckContext context, SceneProblems problems)
    {
        if (context.RoomId is { } room)
        {
            if (!IsInside(topic, room)) problems.Add(SceneRule.OutsideRoom, action.Path, action.Line, $"\"{PrintableText.Of(topic)}\" is outside {room}/; it is sent, but its device belongs to another room");
            else if (topic[(room.Length + 1)..] is "scene" or "start_scene" or "STOP") problems.Add(SceneRule.ReservedTopic, action.Path, action.Line, $"{PrintableText.Of(topic)} starts and stops scenes; what a scene says there is sent, and does not act on this room");
        }

        var bytes = Encoding.UTF8.GetByteCount(action.Message);
        if (context.PayloadBytesMax?.Invoke(topic) is { } most && bytes > most)
            problems.Add(SceneRule.PayloadTooLong, action.Path, action.Line, $"the message has {bytes} bytes; the device of {PrintableText.Of(topic)} takes {most} and drops what is longer without a word");
    }

    private static void Media(SceneAction action, SceneCheckContext context, Dictionary<(ActionKind, string), bool> looked, SceneProblems problems)
    {
        if (context.HasMedia is not { } has || PlayedFile.Of(action) is not { } file) return;
        var extensions = MediaFolder.Extensions(action.Kind == ActionKind.Audio ? MediaKind.Audio : MediaKind.Video);
        if (!looked.TryGetValue((action.Kind, file), out var isThere))
        {
            isThere = has(action.Kind, file) || (!Path.HasExtension(file) && extensions.Any(e => has(action.Kind, file + e)));
            looked.Add((action.Kind, file), isThere);
        }

        if (isThere) return;
        var tried = Path.HasExtension(file) ? "" : $", nor with {string.Join(", ", extensions)}";
        problems.Add(SceneRule.MediaMissing, action.Path, action.Line, $"\"{PrintableText.Of(file)}\" is not in the room's media/{(action.Kind == ActionKind.Audio ? "audio" : "video")}{tried}");
    }

    private static bool IsInside(string topic, string room) => topic.Length > room.Length + 1 && topic[room.Length] == '/' && topic.StartsWith(room, StringComparison.Ordinal);
}
