using System.Text;
using Chorale.Show.Scenes;

namespace Chorale.Show.Import;

/// <summary>What becomes of each key of a <c>config.ini</c>: into <c>room.yaml</c>, for the hub, or nowhere, with the reason.</summary>
internal static class OldSettings
{
    private const string ByItself = "the hub minds this by itself";

    /// <summary>Text of the room's file, and a line of report for every key.</summary>
    public static string RoomYaml(OldProject project, string room, IReadOnlyCollection<string> scenes, IReadOnlyCollection<string> videos, ImportReport report)
    {
        var yaml = new StringBuilder("# Taken over from a config.ini; all keys stand in guide/room.md.\n");
        foreach (var value in project.Settings)
        {
            var what = $"[{Feedback.PrintableText.Of(value.Section)}] {Feedback.PrintableText.Of(value.Key)} = {(IsSecret(value.Key) ? "..." : Feedback.PrintableText.Of(value.Value))}";
            var (verdict, note, line) = Place(value, room, scenes, videos);
            report.Add(verdict, what, note);
            if (line is not null) yaml.Append(line).Append('\n');
        }

        return yaml.ToString();
    }

    private static (ImportVerdict Verdict, string Note, string? Line) Place(IniValue value, string room, IReadOnlyCollection<string> scenes, IReadOnlyCollection<string> videos) =>
        (value.Section.ToLowerInvariant(), value.Key) switch
        {
            ("mqtt", "broker_ip" or "brokerip" or "port") => (ImportVerdict.ForHub, "the hub's broker: chorale hub --broker HOST[:PORT], or its settings", null),
            ("mqtt", "username" or "password") => (ImportVerdict.ForHub, "the hub's settings; secrets are not copied", null),
            ("mqtt", "feedback_timeout" or "command_ack_timeout_ms") => (ImportVerdict.NotNeeded, "700 ms or 1 s by the device's generation; otherwise per device: nodes: ID: timeout_ms", null),
            ("mqtt", "device_timeout" or "node_offline_timeout_s") => (ImportVerdict.NotNeeded, "presence follows the device's own beat", null),
            ("gpio", "button_pin" or "buttonpin") => (ImportVerdict.ForHub, $"a button on a pin is read by the machine it is at: chorale room --room {room} --button {Feedback.PrintableText.Of(value.Value)}", null),
            ("gpio", "debounce_time") => (ImportVerdict.ForHub, "chorale room --debounce SECONDS; 0.3 where it is not said", null),
            ("room", "room_id" or "id") => (value.Value == room ? ImportVerdict.Taken : ImportVerdict.NotNeeded, value.Value == room ? "the name of the room's folder" : $"the room {room} was asked for", null),
            ("scenes" or "audio" or "video", "directory") when Path.IsPathRooted(value.Value) || value.Value.Contains("..", StringComparison.Ordinal) => (ImportVerdict.NotUnderstood, "lies outside the old folder, where nothing is read; copy it into it and import again", null),
            ("scenes" or "audio" or "video", "directory") => (ImportVerdict.Taken, "where files were looked for; here the folders have fixed names", null),
            ("json", "json_file_name") => Scene(value.Value, scenes),
            ("video", "iddle_image" or "idle_image") => Image(value.Value, videos),
            ("audio", "max_init_attempts" or "init_retry_delay") or ("video", "ipc_socket" or "health_check_interval" or "max_restart_attempts" or "restart_cooldown") => (ImportVerdict.NotNeeded, "the player is supervised by itself", null),
            ("system", "web_dashboard_port") => (ImportVerdict.ForHub, "the hub's address: chorale hub --listen", null),
            ("system", "scene_processing_sleep" or "main_loop_sleep") => (ImportVerdict.NotNeeded, "nothing is looked at in turns: cues come when they are due", null),
            ("system", _) => (ImportVerdict.NotNeeded, ByItself, null),
            ("logging" or "loglevels", _) => (ImportVerdict.ForHub, "the hub's logging; journald keeps it", null),
            _ => (ImportVerdict.NotUnderstood, "not a key that is known", null),
        };

    private static (ImportVerdict Verdict, string Note, string? Line) Scene(string value, IReadOnlyCollection<string> scenes)
    {
        var name = value.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? value[..^5] : value;
        if (SceneFolder.NameProblem(name) is { } problem) return (ImportVerdict.NotUnderstood, $"the scene {problem}", null);
        var note = scenes.Contains(name) ? "default_scene" : "default_scene; there is no such scene yet";
        return (ImportVerdict.Taken, note, "default_scene: " + Quoted(name));
    }

    private static (ImportVerdict Verdict, string Note, string? Line) Image(string value, IReadOnlyCollection<string> videos) =>
        videos.Contains(value) ? (ImportVerdict.Taken, "idle_image", "idle_image: " + Quoted(value)) : (ImportVerdict.NotUnderstood, "there is no such picture in the project; without it the screen is black", null);

    private static bool IsSecret(string key) => key.Contains("pass", StringComparison.Ordinal) || key.Contains("secret", StringComparison.Ordinal) || key.Contains("token", StringComparison.Ordinal);

    private static string Quoted(string value) => "'" + value.Replace("'", "''", StringComparison.Ordinal) + "'";
}
