using Chorale.Protocol.Rooms;
using Chorale.Show.Devices;
using Chorale.Show.Feedback;

namespace Chorale.Show.Room;

/// <summary>What the fate of commands asks of the room. Called in the middle of other work: to be remembered, and done after it.</summary>
internal interface ICommandOutcomes
{
    void SceneMustStop(string reason);

    void StopJudged(Verdict verdict, int confirmed, string? reason);

    /// <summary>The run a command belongs to still goes on.</summary>
    bool Runs(string runId);
}

/// <summary>Commands to devices: registered before they are published, sent again where the scene says so, one verdict each; and what the outputs should be.</summary>
internal sealed class RoomCommands : IFeedbackEnds
{
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(1);

    private readonly RoomSettings _room;
    private readonly RoomDevices _devices;
    private readonly IRoomOutside _outside;
    private readonly ICommandOutcomes _outcomes;
    private readonly PendingFeedback _pending;
    private readonly Queue<Sent> _again = new();
    private readonly Dictionary<CommandKey, Sent> _unanswered = [];
    private long _lastUnanswered;
    private readonly HashSet<string> _away = new(StringComparer.Ordinal);
    private readonly List<(string Topic, string Payload)> _refresh = [];
    private CommandKey _stop;
    private TimeSpan _now;

    public RoomCommands(RoomSettings room, RoomDevices devices, IRoomOutside outside, ICommandOutcomes outcomes, string life)
    {
        (_room, _devices, _outside, _outcomes) = (room, devices, outside, outcomes);
        _pending = new PendingFeedback(this, life);
        Outputs = new OutputBook(devices);
    }

    public bool IsConnected { get; private set; }

    /// <summary>So long without a broker that it is said once, and every command is only logged.</summary>
    public bool IsSimulated { get; private set; }

    public string? LinkProblem { get; private set; } = "not connected yet";

    public OutputBook Outputs { get; }

    public IReadOnlyList<PendingCommand> Waiting => _pending.Waiting;

    /// <summary>When a scene or a person last had something sent to a device.</summary>
    public TimeSpan? LastSentAt { get; private set; }

    /// <summary>Devices known to be away.</summary>
    public IReadOnlyCollection<string> Away => _away;

    public FeedbackCounters Feedback => _pending.Counters;

    /// <summary>Commands by verdict, and what else is counted.</summary>
    public Dictionary<string, long> Counters { get; } = new(StringComparer.Ordinal);

    /// <summary>How many devices have to confirm a STOP: those that take part in it and are not known to be away; one where none is named.</summary>
    public int StopExpected => Math.Max(1, _devices.StoppedNodes.Count(n => !_away.Contains(n.Id)));

    public TimeSpan? NextDue => Earlier(_pending.NextDeadline, IsConnected ? Outputs.NextRefresh : null);

    /// <summary>To the device, now or never.</summary>
    public void Send(Sent command, TimeSpan now)
    {
        _now = now;
        var rule = _devices.RuleFor(command.Topic);
        var at = Later(_outside.Now, now);
        if (command.FirstSent == default) command = command with { FirstSent = at };
        var key = _pending.Register(command.Topic, command.Payload, rule, at, command);
        if (command.Topic == RoomTopics.Stop(_room.Id)) Outputs.AllOff(now); // a scene may say it in the middle
        if (command.Origin != Origin.Refresh) Outputs.Desired(command.Topic, command.Payload, now, SourceOf(command.Origin));
        _outside.Note(new CommandSent(now, command, rule));
        if (!IsConnected)
        {
            NotSent(key, command, LinkProblem ?? "there is no broker", now);
            return;
        }

        if (command.Origin is Origin.Scene or Origin.Person) LastSentAt = now;
        if (key.IsNone) _unanswered.Add(key = new CommandKey(--_lastUnanswered), command);
        _outside.Publish(key, command.Topic, command.Payload, key.Id < 0 ? null : _pending.CorrelationOf(key));
    }

    /// <summary>The broker has it: all that can be known of a command on a topic where nobody answers.</summary>
    public void Delivered(CommandKey key, TimeSpan now)
    {
        if (_unanswered.Remove(key, out var command)) Judge(command, Verdict.Confirmed, now - command.FirstSent, "the broker has it; nobody answers on this topic", now);
    }

    /// <summary>Ends without having been sent to a device.</summary>
    public void Refuse(Sent command, Verdict verdict, string? reason, TimeSpan now) => Judge(command, verdict, TimeSpan.Zero, reason, now);

    /// <summary>One sending of STOP; all of them are one command.</summary>
    public void SayStop(int time, TimeSpan now, bool keepsDesired)
    {
        _now = now;
        var topic = RoomTopics.Stop(_room.Id);
        var goesOn = time == 1 ? _pending.StopAnew(_stop, StopExpected, now) : _pending.StopAgain(_stop, now);
        if (!goesOn) _stop = _pending.RegisterStop(topic, "STOP", StopExpected, StopDeadline, Later(_outside.Now, now));
        if (!keepsDesired) Outputs.AllOff(now);
        _outside.Publish(_stop, topic, "STOP", _pending.CorrelationOf(_stop));
    }

    /// <returns>True when it was an answer, or came where only answers come.</returns>
    public bool Heard(string topic, ReadOnlySpan<byte> payload, byte[]? correlation, bool isRetained, TimeSpan now)
    {
        _now = now;
        return _pending.Heard(topic, payload, correlation, isRetained, now) != FeedbackMatch.NotFeedback;
    }

    public void Malformed() => Count("malformed");

    public void NotDelivered(CommandKey key, string reason, TimeSpan now)
    {
        _now = now;
        // A STOP that one saying did not take out is said again; if the connection is lost, it is owed as soon as we are told.
        if (key == _stop && IsConnected) return;
        if (_unanswered.Remove(key, out var command)) Judge(command, Verdict.LostLink, now - command.FirstSent, reason, now);
        // The broker may have it all the same: an answer that comes yet must not be taken for that to the next command.
        else _pending.GiveUp(key, IsSimulated ? Verdict.Simulated : Verdict.LostLink, reason, now);
    }

    public void Expire(TimeSpan now)
    {
        _now = now;
        _pending.Expire(now);
    }

    /// <summary>Commands that are to be repeated because their device did not take them.</summary>
    public void SendAgain(TimeSpan now)
    {
        while (_again.TryDequeue(out var command))
        {
            if (_outcomes.Runs(command.RunId!)) Send(command, now);
            else Judge(command, Verdict.Cancelled, TimeSpan.Zero, "the scene ended before it was sent again", now);
        }
    }

    public void Refresh(TimeSpan now, bool mayRefresh)
    {
        if (!IsConnected || Outputs.NextRefresh is not { } due || due > now) return;
        _refresh.Clear();
        Outputs.DueRefresh(now, _refresh);
        foreach (var (topic, payload) in _refresh)
        {
            if (mayRefresh) Send(new Sent(Origin.Refresh, topic, payload, "refresh"), now);
        }
    }

    /// <summary>Everything under way ends; what is wanted of the outputs is decided by STOP.</summary>
    public void CancelAll(string reason, TimeSpan now)
    {
        _now = now;
        foreach (var command in _again) Judge(command, Verdict.Cancelled, TimeSpan.Zero, reason, now);
        _again.Clear();
        _pending.CancelAll(now, reason, _stop);
    }

    /// <summary>Nothing is wanted on any more.</summary>
    public void AllOff(TimeSpan now) => Outputs.AllOff(now);

    public void NodeGone(string id, TimeSpan now)
    {
        _now = now;
        _away.Add(id);
        _pending.NodeGone(id, now);
        Outputs.NodeGone(id, now);
    }

    /// <summary>Another program said STOP: what devices answer to it is no answer to ours.</summary>
    public void OthersStopped() => _pending.OthersStopped(_stop, StopExpected);

    /// <summary>Not away any more; before what is said to it on its return.</summary>
    public void IsHere(string id) => _away.Remove(id);

    public void NodeBack(string id, TimeSpan now, bool mayReapply)
    {
        _now = now;
        IsHere(id);
        var differ = Outputs.NodeBack(id, now);
        if (differ.Count == 0) return;
        var reapplies = _room.OnReturn == OnReturn.Reapply && mayReapply && IsConnected;
        _outside.Note(new OutputsDiffer(now, id, [.. differ.Select(o => o.Topic)], reapplies));
        if (!reapplies) return;
        foreach (var output in differ) Send(new Sent(Origin.Reapply, output.Topic, output.Payload, $"{id} is back"), now);
    }

    public void LinkDown(bool isSimulated, string? reason, TimeSpan now)
    {
        _now = now;
        (IsConnected, IsSimulated, LinkProblem) = (false, isSimulated, reason ?? "the connection to the broker was lost");
        _outside.Note(new LinkTurned(now, IsConnected: false, isSimulated, LinkProblem));
        foreach (var command in _again) Judge(command, Verdict.LostLink, TimeSpan.Zero, LinkProblem, now);
        _again.Clear();
        _pending.LinkLost(now);
        Outputs.LinkLost(now); // nodes lose the same broker, and switch off what it told them
    }

    public void LinkUp(TimeSpan now)
    {
        (IsConnected, IsSimulated, LinkProblem) = (true, false, null);
        _outside.Note(new LinkTurned(now, IsConnected: true, IsSimulated: false, null));
    }

    void IFeedbackEnds.Ended(in CommandEnd end)
    {
        if (end.Key == _stop)
        {
            var confirmed = _pending.StopOf(end.Key)?.NodesMin ?? 0;
            if (end.Verdict == Verdict.Confirmed) Outputs.StopConfirmed(_now);
            _outcomes.StopJudged(end.Verdict, confirmed, end.Reason);
            return;
        }

        if (end.Tag is not Sent command) return;
        Outputs.Confirmed(end.Topic, end, _now);
        var failed = end.Verdict is Verdict.Refused or Verdict.TimedOut or Verdict.Ambiguous or Verdict.Contradicted;
        if (failed && end.Verdict != Verdict.Ambiguous && command.Attempt <= command.Retries && command.RunId is { } run && _outcomes.Runs(run))
        {
            Count("retried");
            _again.Enqueue(command with { Attempt = command.Attempt + 1 });
            return;
        }

        Judge(command, end.Verdict, _now - command.FirstSent, end.Reason, _now);
        if (failed && command.StopsScene && command.RunId is not null) _outcomes.SceneMustStop($"{command.Topic}: {end.Reason ?? end.Verdict.ToString()}");
    }

    void IFeedbackEnds.Odd(in FeedbackOddity odd)
    {
        Count("odd_" + odd.Kind.ToString().ToLowerInvariant());
        Outputs.Odd(odd, _now);
        _outside.Note(new OddFeedback(_now, odd));
    }

    private void NotSent(CommandKey key, Sent command, string reason, TimeSpan now)
    {
        var verdict = IsSimulated ? Verdict.Simulated : Verdict.LostLink;
        if (key.IsNone) Judge(command, verdict, TimeSpan.Zero, reason, now);
        else _pending.NotSent(key, verdict, reason, now);
    }

    private static OutputSource SourceOf(Origin origin) => origin switch
    {
        Origin.Person => OutputSource.Manual,
        Origin.Reapply => OutputSource.Reapplied,
        _ => OutputSource.Scene,
    };

    private void Judge(Sent command, Verdict verdict, TimeSpan took, string? reason, TimeSpan now)
    {
        Count(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(verdict.ToString()));
        _outside.Note(new CommandJudged(now, command, verdict, took < TimeSpan.Zero ? TimeSpan.Zero : took, reason));
    }

    private void Count(string what) => System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(Counters, what, out _)++;

    private static TimeSpan? Earlier(TimeSpan? a, TimeSpan? b) => a is null ? b : b is null || a < b ? a : b;

    private static TimeSpan Later(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
