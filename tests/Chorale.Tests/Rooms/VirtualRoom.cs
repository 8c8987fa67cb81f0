using System.Globalization;
using System.Text;
using Chorale.Protocol.Rooms;
using Chorale.Show.Devices;
using Chorale.Show.Feedback;
using Chorale.Show.Players;
using Chorale.Show.Room;
using Chorale.Show.Scenes;
using YamlDotNet.RepresentationModel;

namespace Chorale.Tests.Rooms;

/// <summary>
/// A room in virtual time: the real machine, a broker that loses nothing, nodes that answer after their delay, a player that plays as long
/// as it is told. What would leave the room is in <see cref="Log"/>, with its time.
/// </summary>
internal sealed class VirtualRoom : IRoomOutside
{
    private readonly PriorityQueue<Action, (TimeSpan At, long Number)> _future = new();
    private readonly List<string> _log = [];
    private long _number, _runs;
    private TimeSpan _at;

    public VirtualRoom(Func<RoomSettings, RoomSettings>? change = null, string? nodes = null)
    {
        var settings = new RoomSettings { Id = "room1", Folder = "/nowhere", Player = PlayerKind.Mpv };
        Settings = change?.Invoke(settings) ?? settings;
        var problems = new List<DeviceProblem>();
        var devices = RoomDevices.Read("room1", nodes is null ? null : Yaml(nodes), "room.yaml", null, problems);
        Assert.Empty(problems);
        Machine = new RoomMachine(Settings, devices, this);
        Machine.LinkUp(TimeSpan.Zero);
    }

    public RoomSettings Settings { get; }

    public RoomMachine Machine { get; }

    public IReadOnlyList<string> Log => _log;

    public List<RoomNote> Notes { get; } = [];

    /// <summary>What devices see, in order: topic and payload.</summary>
    public List<(TimeSpan At, string Topic, string Payload)> Sent { get; } = [];

    /// <summary>Outputs as a device that never fails would have them: set by commands, cleared by STOP.</summary>
    public Dictionary<string, string> Real { get; } = [];

    /// <summary>How nodes answer a message; by default each confirms after 90 ms on its feedback topic. Null: silence.</summary>
    public Func<string, string, (TimeSpan After, string Topic, string Payload)?> Nodes { get; set; } =
        (topic, _) => (TimeSpan.FromMilliseconds(90), topic + "/feedback", "OK");

    /// <summary>The connection ends before the broker's receipt, and is back at once.</summary>
    public bool LosesPublishes { get; set; }

    /// <summary>How long a sound lasts.</summary>
    public Func<string, TimeSpan?> Lasts { get; set; } = _ => null;

    public TimeSpan Now => Machine.Now > _at ? Machine.Now : _at;

    public IEnumerable<(string Topic, Verdict Verdict)> Verdicts => Notes.OfType<CommandJudged>().Select(n => (n.Command.Topic, n.Verdict));

    /// <summary>Something outside happens then.</summary>
    public void At(TimeSpan at, Action act) => _future.Enqueue(act, (at, _number++));

    /// <summary>Lets time pass, in the order of what falls due; outside first where both fall on one instant.</summary>
    public void RunTo(TimeSpan end)
    {
        while (true)
        {
            var outside = _future.TryPeek(out _, out var next) ? next.At : TimeSpan.MaxValue;
            var due = Machine.NextDue ?? TimeSpan.MaxValue;
            if (outside > end && due > end) break;
            if (outside <= due)
            {
                _at = outside;
                _future.Dequeue()();
            }
            else
            {
                _at = due > _at ? due : _at;
                Machine.Advance(_at);
            }
        }

        _at = end;
        Machine.Advance(end);
    }

    public void RunFor(double seconds) => RunTo(Now + TimeSpan.FromSeconds(seconds));

    public RunAnswer Start(string scene, string by = "test") => Machine.Run(Request(scene), Now);

    public void Hear(string topic, string payload, bool isRetained = false) => Machine.Heard(topic, Encoding.UTF8.GetBytes(payload), null, isRetained, Now);

    public static RunRequest Request(string json, string name = "scene", bool isAmbient = false)
    {
        var load = SceneFile.Read(Encoding.UTF8.GetBytes(json), name + ".json");
        Assert.True(load.Scene is not null, string.Join("\n", load.Problems));
        return new RunRequest(load.Scene, name, "test", isAmbient);
    }

    public string NewRunId() => $"run{++_runs}";

    void IRoomOutside.Publish(CommandKey key, string topic, string payload, byte[]? correlation)
    {
        Write($"publish {topic} {payload}");
        Sent.Add((Now, topic, payload));
        if (topic == RoomTopics.Stop("room1")) Real.Clear();
        else Real[topic] = payload;
        if (LosesPublishes || key.Id < 0) At(Now, () => Machine.Published(key, !LosesPublishes, LosesPublishes ? "the connection ended" : null, Now));
        if (Nodes(topic, payload) is { } answer) At(Now + answer.After, () => Hear(answer.Topic, answer.Payload));
    }

    void IRoomOutside.Audio(string words)
    {
        Write($"audio {words}");
        if (PlayerWords.TryAudio(words, out var word, out _) && word.Verb == PlayerVerb.Play && Lasts(word.File!) is { } length)
            At(Now + length, () => Machine.MediaEnded(SceneEventKind.AudioEnd, word.File!, Now));
    }

    void IRoomOutside.Video(string words) => Write($"video {words}");

    void IRoomOutside.Preload(MediaNeed need) => Write($"preload {string.Join(",", need.Audio)}|{string.Join(",", need.Video)}");

    void IRoomOutside.StopPlayer() => Write("player stop");

    void IRoomOutside.HoldPlayer(bool hold) => Write(hold ? "player hold" : "player goes on");

    void IRoomOutside.Record(bool start, string runId, string scene) => Write($"record {(start ? "start" : "stop")} {runId}");

    void IRoomOutside.Note(RoomNote note)
    {
        Notes.Add(note);
        if (note is CommandJudged j) Write($"verdict {j.Command.Topic} {j.Verdict} {j.Took.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture)}");
        else if (note is StateEntered s) Write($"state {s.To} ({s.Cause})");
        else if (note is RunEnded e) Write($"ended {e.Reason}");
        else if (note is StopJudged t) Write($"stop {t.Verdict} {t.Confirmed}/{t.Expected}");
    }

    private void Write(string what) => _log.Add($"{Now.TotalSeconds.ToString("0.000000", CultureInfo.InvariantCulture)} {what}");

    private static YamlMappingNode Yaml(string text)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }
}
