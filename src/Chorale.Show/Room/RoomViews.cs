using Chorale.Protocol;
using Chorale.Show.Devices;
using Chorale.Show.Players;
using Chorale.Show.Scenes;

namespace Chorale.Show.Room;

/// <summary>Makes the picture of a room that others look at. <see cref="Of"/> is called on the engine thread, between two cues.</summary>
internal sealed class RoomViews(RoomSettings room, IReadOnlyList<string> problems, RoomDevices devices, DeviceRegistry registry, TimeProvider time, long born)
{
    private const int NextMax = 12;

    private readonly PolicyView _policies = new(
        room.OnTrigger.ToString().ToLowerInvariant(), room.OnBrokerLoss.ToString().ToLowerInvariant(), Text(room.OnFeedbackFailure), room.OnReturn.ToString().ToLowerInvariant());

    private readonly IReadOnlyList<ButtonView> _buttons = [.. room.Buttons.Select(b => new ButtonView(b.Name, b.Title, b.Topic, b.Message))];
    private volatile IReadOnlyList<SceneView> _scenes = [];
    private volatile PlayerView? _player;

    public void Take(PlayerView player) => _player = player;

    /// <returns>True when the scenes are others than before.</returns>
    public bool Take(IReadOnlyList<SceneEntry> scenes, PlayerView player, string? defaultScene)
    {
        _player = player;
        IReadOnlyList<SceneView> views =
        [
            .. scenes.Select(s => new SceneView(
                s.Name, s.Description, s.Name == defaultScene, s.Name == room.Ambient, s.Errors, s.Warnings, WallTime.ToMicroseconds(s.ModifiedAt))),
        ];
        var isNew = !views.SequenceEqual(_scenes);
        _scenes = views;
        return isNew;
    }

    public RoomView Of(RoomMachine machine, TimeSpan now)
    {
        var (commands, stop) = (machine.Commands, machine.Stop);
        return new RoomView
        {
            Room = room.Id,
            Title = room.Title,
            State = stop.IsSaying ? "stopping" : machine.Runs.Current is { } run ? run.IsHeld ? "held" : "running" : "idle",
            IsConnected = commands.IsConnected,
            IsSimulated = commands.IsSimulated,
            LinkProblem = commands.LinkProblem,
            Problems = problems,
            Run = machine.Runs.Current is { } current ? Run(current, now) : null,
            Queue = [.. machine.Runs.Waiting.Select(w => w.Name)],
            Scenes = _scenes,
            Nodes = Nodes(),
            Outputs = Outputs(commands),
            Pending = [.. commands.Waiting.Where(p => p.Stop is null).Select(p => new PendingView(p.Key.Id, p.Topic, p.Payload, Us(p.SentAt), Us(p.Deadline)))],
            Stop = stop.Last is { } last ? new StopView(Us(last.At), last.By, last.Verdict, last.Reason, last.Confirmed, last.Expected, last.Said, last.IsOwed) : null,
            Player = Player(),
            Buttons = _buttons,
            Policies = _policies,
            Counters = new SortedDictionary<string, long>(commands.Counters, StringComparer.Ordinal),
        };
    }

    private RunView Run(ActiveRun run, TimeSpan now)
    {
        var scene = run.SceneTime(now);
        var late = run.Lateness;
        return new RunView(
            run.Id, run.Request.Name, run.Request.By, Us(run.Began), Us(now), Ms(scene), run.Scene.State, Ms(scene - run.Scene.StateSince), run.IsHeld, run.Pass,
            [.. run.Scene.NextCues(NextMax).Select(c => new NextCueView(Ms(c.Due - scene), c.Action.Kind.ToString().ToLowerInvariant(), c.Action.Topic, c.Action.Message, c.Action.Path))],
            [.. run.Scene.Waits().Select(w => Wait(w, scene))],
            new LatenessView(Exact(late.Quantile(0.5)), Exact(late.Quantile(0.99)), Exact(late.Worst), late.Count));
    }

    private static WaitView Wait(SceneWait wait, TimeSpan scene)
    {
        var (type, on) = (wait.Transition.Type.ToString(), wait.Transition);
        return new WaitView(char.ToLowerInvariant(type[0]) + type[1..], on.Topic, on.Message, on.Target, wait.Due is { } due ? Ms(due - scene) : null, on.GoTo, wait.IsGlobal);
    }

    private IReadOnlyList<NodeView> Nodes() => [.. devices.Nodes.Select(n => Node(n, registry.Find(n.Id)))];

    private static NodeView Node(RoomNode node, DeviceView? d) => new(
        node.Id, Lower(node.Class), d is null ? "unknown" : Lower(d.Presence), d?.LastSeenAt is { } at ? WallTime.ToMicroseconds(at) : null, d?.Outages ?? 0,
        d?.OutageTotal.TotalSeconds ?? 0, d?.Word, d?.IsRetainedWord ?? false, d?.Reason,
        d is null ? [] : [.. new[] { d.IsFlapping ? "flapping" : null, d.IsDoubleId ? "double_id" : null }.OfType<string>()]);

    private IReadOnlyList<RoomOutputView> Outputs(RoomCommands commands) =>
        [.. commands.Outputs.Outputs.Select(o => new RoomOutputView(
            o.Topic, o.Title ?? Below(o.Topic), Lower(o.Class), o.Words, o.DesiredWord, o.Confirmed switch { true => "ON", false => "OFF", null => null }, Lower(o.State),
            o.DesiredWord is null ? null : Us(o.Since), o.IsStale, o.Node, o.Differs,
            Lower(o.Source), o.MotorDirection?.ToString(), o.MotorSpeed))];

    /// <summary>Outputs without a name of their own are called by their topic below the room's.</summary>
    private string Below(string topic) => topic.StartsWith(room.Id + "/", StringComparison.Ordinal) ? topic[(room.Id.Length + 1)..] : topic;

    private PlayerPart Player() => _player is { } p
        ? new PlayerPart(Lower(p.Kind), Lower(p.State), p.Problem, [.. p.Playing.Select(f => new PlayingView(f.File, Lower(f.Kind), f.Position?.TotalSeconds))])
        : new PlayerPart("none", "none", null, []);

    private static string Lower<T>(T word)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(word.ToString());

    private static string Text(OnFeedbackFailure failure) =>
        failure.Retries == 0 ? failure.Stops ? "stop" : "continue" : $"retry {failure.Retries}{(failure.Stops ? " stop" : "")}";

    private long Us(TimeSpan at) => WallTime.ToMicroseconds(time.GetUtcNow() - (time.GetElapsedTime(born) - at));

    private static long Ms(TimeSpan time) => (long)time.TotalMilliseconds;

    private static double Exact(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);
}
