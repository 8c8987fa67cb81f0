using System.Reflection;
using System.Text.RegularExpressions;
using Chorale.Hub.Book;
using Chorale.Tests.Architecture;
using Microsoft.Extensions.Logging;

namespace Chorale.Tests.Words;

/// <summary>Every kind of event that can come into the book has words in each language of the page; English ones are the hub's own.</summary>
public sealed partial class KindsTests
{
    private const BindingFlags Any = BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public;

    [Fact]
    public void Every_kind_that_the_hub_logs_is_said_in_Russian_out_of_the_values_that_it_has()
    {
        var told = Told();
        Assert.True(told.Count > 80, $"{told.Count} words were read");
        var missing = new List<string>();
        foreach (var (kind, message) in Logged())
        {
            if (!told.TryGetValue(kind, out var words)) missing.Add($"{kind}: {message}");
            else foreach (var value in Values(words).Except(Values(message))) missing.Add($"{kind} has no value {value}: {message}");
        }

        Assert.True(missing.Count == 0, string.Join('\n', missing));
    }

    [Fact]
    public void Every_kind_that_the_fleet_the_rooms_and_the_hub_tell_by_themselves_is_said_in_Russian()
    {
        string[] files = [.. Directory.GetFiles(Path.Combine(RepositoryRoot.Src, "Chorale.Hub", "Book"), "*.cs"), Path.Combine(RepositoryRoot.Src, "Chorale.Show", "Room", "RoomEvents.cs")];
        var kinds = files.SelectMany(f => Telling().Matches(File.ReadAllText(f))).Select(m => m.Groups[1].Value).ToHashSet();
        Assert.True(kinds.Count > 25, string.Join(' ', kinds));
        kinds.UnionWith([
            FleetStory.Alarm, FleetStory.Broker, FleetStory.Erring, RecorderStory.Alarm, RecorderStory.Over, UploadStory.Stopped, UploadStory.Odd, Chorale.Show.Room.RoomEvents.CutOff,
            .. ((string[])[HealthStory.Disk, HealthStory.Space, HealthStory.Unknown, HealthStory.Database, HealthStory.Certificate]).SelectMany(k => (string[])[k, k + "_over"]),
            "fleet.command", "fleet.command_failed", "rooms.command", "rooms.command_failed",
        ]);
        kinds.ExceptWith(["command", "command_failed"]); // of an area each
        Assert.Empty(kinds.Except(Told().Keys).Order());
    }

    private static IEnumerable<(string Kind, string Message)> Logged() =>
        from type in ((Assembly[])[typeof(EventBook).Assembly, typeof(Chorale.Archive.Store.ArchiveStore).Assembly, typeof(Chorale.Fleet.FleetController).Assembly,
            typeof(Chorale.Show.Room.Stage).Assembly, typeof(Chorale.Mqtt.MqttClient).Assembly]).SelectMany(a => a.GetTypes())
        from method in type.GetMethods(Any)
        let log = method.GetCustomAttribute<LoggerMessageAttribute>()
        where log?.EventName is not null && (log.Level >= LogLevel.Warning || BookLogs.WorthALine.Contains(log.EventName)) && !BookLogs.ToldElsewhere.Contains(log.EventName)
        select (log.EventName, log.Message);

    private static IReadOnlyDictionary<string, string> Told() => RussianWords.Table("told");

    private static IEnumerable<string> Values(string template) => Value().Matches(template).Select(m => m.Groups[1].Value);

    [GeneratedRegex("""(?:new BookEvent\([^"\n]*|Tell\(BookLevel\.\w+, [^"\n]*|Told\(LogLevel\.\w+, |\(BookLevel\.\w+, )"([a-z][a-z_]+)",""")]
    private static partial Regex Telling();

    [GeneratedRegex(@"\{(\w+)")]
    private static partial Regex Value();
}
