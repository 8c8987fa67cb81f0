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
                problems.Add(SceneRule.NoPlayer, action.Path, action.Line, SceneWords.NoPlayer);
            }

            Media(action, context, looked, problems);
        }

        if (context.RoomId is not { } room) return;
        foreach (var t in SceneCheck.Transitions(scene).Where(t => t is { Type: TransitionKind.MqttMessage, Topic: not null } && !IsInside(t.Topic, room)))
            problems.Add(SceneRule.OutsideRoom, t.Path, t.Line, SceneWords.OutsideNotHeard, PrintableText.Of(t.Topic!), room);
    }

    private static void Topic(SceneAction action, string topic, SceneCheckContext context, SceneProblems problems)
    {
        if (context.RoomId is { } room)
        {
            if (!IsInside(topic, room)) problems.Add(SceneRule.OutsideRoom, action.Path, action.Line, SceneWords.OutsideOther, PrintableText.Of(topic), room);
            else if (topic[(room.Length + 1)..] is "scene" or "start_scene" or "STOP") problems.Add(SceneRule.ReservedTopic, action.Path, action.Line, SceneWords.Reserved, PrintableText.Of(topic));
        }

        var bytes = Encoding.UTF8.GetByteCount(action.Message);
        if (context.PayloadBytesMax?.Invoke(topic) is { } most && bytes > most)
            problems.Add(SceneRule.PayloadTooLong, action.Path, action.Line, SceneWords.PayloadLong, bytes, PrintableText.Of(topic), most);
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
        var (shown, folder) = (PrintableText.Of(file), action.Kind == ActionKind.Audio ? "audio" : "video");
        if (Path.HasExtension(file)) problems.Add(SceneRule.MediaMissing, action.Path, action.Line, SceneWords.MediaMissing, shown, folder);
        else problems.Add(SceneRule.MediaMissing, action.Path, action.Line, SceneWords.MediaMissingWith, shown, folder, string.Join(", ", extensions));
    }

    private static bool IsInside(string topic, string room) => topic.Length > room.Length + 1 && topic[room.Length] == '/' && topic.StartsWith(room, StringComparison.Ordinal);
}
