using System.Reflection;
using System.Text.Json.Serialization;
using Chorale.Hub.Book;
using Chorale.Hub.Fleet;
using Chorale.Hub.Jobs;
using Chorale.Hub.Show;
using Chorale.Show.Room;

namespace Chorale.Hub.Live;

/// <summary>
/// What each event of <c>/api/v2/events</c> carries, by its name. Never made: the API's document and the page's types are written from it, and
/// <see cref="LiveEvents"/> tells nothing that does not stand here.
/// </summary>
internal sealed record EventBodies(
    [property: JsonPropertyName("snapshot")] SnapshotView Snapshot,
    [property: JsonPropertyName("beat")] BeatView Beat,
    [property: JsonPropertyName("broker")] BrokerView Broker,
    [property: JsonPropertyName("module")] ModuleView Module,
    [property: JsonPropertyName("module_forgotten")] ModuleForgottenView ModuleForgotten,
    [property: JsonPropertyName("session")] SessionView Session,
    [property: JsonPropertyName("alarm")] AlarmView Alarm,
    [property: JsonPropertyName("levels")] LevelsView Levels,
    [property: JsonPropertyName("command")] CommandView Command,
    [property: JsonPropertyName("room")] RoomView Room,
    [property: JsonPropertyName("room_command")] RoomCommandView RoomCommand,
    [property: JsonPropertyName("room_log")] RoomLineView RoomLog,
    [property: JsonPropertyName("room_run")] RoomRunView RoomRun,
    [property: JsonPropertyName("log")] BookRow Log,
    [property: JsonPropertyName("trouble")] Trouble Trouble,
    [property: JsonPropertyName("trouble_ended")] TroubleEndedView TroubleEnded,
    [property: JsonPropertyName("job")] JobView Job,
    [property: JsonPropertyName("job_removed")] JobRemovedView JobRemoved)
{
    private static readonly Dictionary<string, Type> Types = typeof(EventBodies).GetProperties()
        .Where(p => p.GetCustomAttribute<JsonPropertyNameAttribute>() is not null)
        .ToDictionary(p => p.GetCustomAttribute<JsonPropertyNameAttribute>()!.Name, p => p.PropertyType, StringComparer.Ordinal);

    /// <exception cref="ArgumentException">An event of this name, or with this body, is not in the document.</exception>
    public static void ThrowUnlessKnown<T>(string name)
    {
        if (!Types.TryGetValue(name, out var body)) throw new ArgumentException($"event '{name}' is not in {nameof(EventBodies)}", nameof(name));
        if (body != typeof(T)) throw new ArgumentException($"event '{name}' carries {body.Name}, not {typeof(T).Name}", nameof(name));
    }
}

/// <summary>Each second, so that silence means something.</summary>
/// <param name="Seq">Of the last event.</param>
internal sealed record BeatView([property: JsonPropertyName("now_us")] long NowUs, [property: JsonPropertyName("seq")] long Seq);

internal sealed record ModuleForgottenView([property: JsonPropertyName("id")] string Id);
