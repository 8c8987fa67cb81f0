using Chorale.Protocol.Rooms;
using Chorale.Show.Devices;
using Chorale.Show.Feedback;
using Chorale.Show.Players;
using Chorale.Show.Scenes;

namespace Chorale.Show.Room;

/// <summary>
/// A room that decides and does no I/O: the scene that runs, the commands under way, what the outputs should be, STOP, and what is done
/// while there is no broker. Everything is told with its time on the room's clock; times that go back are taken as the last one. Not
/// thread-safe: <see cref="RoomEngine"/> owns it, and in virtual time a test does.
/// </summary>
internal sealed class RoomMachine : ICommandOutcomes
{
    private readonly IRoomOutside _outside;
    private readonly string _stopTopic, _audioTopic, _videoTopic;
    private string? _mustStop;
    private TimeSpan _now;
    private TimeSpan? _stoppedAt;

    /// <param name="life">Of this process: answers to commands of another life are told apart by it.</param>
    public RoomMachine(RoomSettings room, RoomDevices devices, IRoomOutside outside, string life = "0")
    {
        (Room, _outside, _stopTopic, _audioTopic, _videoTopic) = (room, outside, RoomTopics.Stop(room.Id), room.Id + "/audio", room.Id + "/video");
        Commands = new RoomCommands(room, devices, outside, this, life);
        Runs = new RoomRuns(room, outside, Commands);
        Stop = new RoomStop(outside, Commands);
    }

    public RoomSettings Room { get; }

    public RoomCommands Commands { get; }

    public RoomRuns Runs { get; }

    public RoomStop Stop { get; }

    /// <summary>The latest time it was told.</summary>
    public TimeSpan Now => _now;

    /// <summary>When <see cref="Advance"/> has something to do; null: when something happens.</summary>
    public TimeSpan? NextDue => Earlier(Earlier(Commands.NextDue, Stop.NextDue), Earlier(Runs.NextDue, CanBegin ? _now : null));

    private bool CanBegin => !Stop.IsSaying && Runs.Current is null && Runs.HasNext;

    /// <summary>Does everything that is due up to <paramref name="now"/>, in the order of its due times, as if asked in small steps.</summary>
    public void Advance(TimeSpan now)
    {
        while (NextDue is { } due && due <= now) Step(due);
        _now = Later(_now, now);
    }

    /// <summary>A trigger, the page, or the start of the hub.</summary>
    public RunAnswer Run(RunRequest request, TimeSpan now)
    {
        Advance(now);
        var mustEnd = false;
        var answer = Refusal(request) ?? Runs.Ask(request, Stop.IsSaying, out mustEnd);
        if (!answer.IsAccepted || answer.Reason is not null) _outside.Note(new TriggerAnswered(_now, request.Name, request.By, answer.Reason ?? ""));
        if (!answer.IsAccepted) return answer;
        if (mustEnd) EndRun($"'{request.Name}' was started", isProblem: false, isFinal: false, by: request.By);
        Advance(_now);
        return answer with { RunId = Runs.Current is { } begun && begun.Request == request ? begun.Id : null };
    }

    /// <summary>The scene that plays while nothing else does.</summary>
    public void SetAmbient(RunRequest? ambient, bool mayBegin, TimeSpan now)
    {
        Advance(now);
        Runs.SetAmbient(ambient, mayBegin);
        Advance(_now);
    }

    /// <summary>STOP by a person or a program of ours: always said, whether or not a scene runs.</summary>
    public void StopAll(string by, TimeSpan now)
    {
        Advance(now);
        _stoppedAt = now;
        EndRun($"STOP by {by}", isProblem: false, isFinal: true, by);
    }

    /// <summary>A command of a person. It has its verdict later, like every other.</summary>
    public void Send(Sent command, TimeSpan now)
    {
        Advance(now);
        if (command.Topic == _stopTopic)
        {
            _stoppedAt = now;
            EndRun($"STOP by {command.By}", isProblem: false, isFinal: true, command.By, command);
        }
        else if (Stop.IsSaying) Commands.Refuse(command, Verdict.Cancelled, "STOP is being said to the room; try again in a moment", _now);
        else if (command.Topic == _audioTopic) Local(command, _outside.Audio);
        else if (command.Topic == _videoTopic) Local(command, _outside.Video);
        else Commands.Send(command, _now);
        Settle();
    }

    /// <summary>A button of the page or of this machine: as if it had come from the broker.</summary>
    public void Press(string topic, string message, TimeSpan now)
    {
        Advance(now);
        Runs.Happened(_now, new SceneEvent(SceneEventKind.Mqtt, topic, message));
        Settle();
    }

    /// <summary>A message of the room's topics or of <c>devices/+/status</c>.</summary>
    public void Heard(string topic, ReadOnlyMemory<byte> payload, byte[]? correlation, bool isRetained, TimeSpan now)
    {
        Advance(now);
        if (topic == _stopTopic)
        {
            if (!isRetained) StopHeard(now);
        }
        else if (Commands.Heard(topic, payload.Span, correlation, isRetained, _now) || isRetained)
        {
            // Feedback; or kept from another day, which is no event.
        }
        else if (RoomPayload.TryRead(payload.Span, out var text))
        {
            if (Room.Player == PlayerKind.Mpv && topic == _audioTopic) _outside.Audio(text);
            else if (Room.Player == PlayerKind.Mpv && topic == _videoTopic) _outside.Video(text);
            Runs.Happened(_now, new SceneEvent(SceneEventKind.Mqtt, topic, text));
        }
        else
        {
            Commands.Malformed();
        }

        Settle();
    }

    /// <summary>How a publish ended.</summary>
    public void Published(CommandKey key, bool isDelivered, string? reason, TimeSpan now)
    {
        Advance(now);
        if (isDelivered) Commands.Delivered(key, _now);
        else Commands.NotDelivered(key, reason ?? "not delivered", _now);
        Settle();
    }

    public void MediaEnded(SceneEventKind kind, string file, TimeSpan now)
    {
        Advance(now);
        Runs.Happened(_now, new SceneEvent(kind, file, ""));
        Settle();
    }

    public void NodeGone(string id, TimeSpan now)
    {
        Advance(now);
        Commands.NodeGone(id, _now);
        Settle();
    }

    public void NodeBack(string id, TimeSpan now)
    {
        Advance(now);
        Commands.IsHere(id); // a STOP that is said for it waits for it, too
        Stop.NodeBack(id, _now, HasBegun);
        Commands.NodeBack(id, _now, mayReapply: !Stop.IsSaying);
        Settle();
    }

    /// <param name="isSimulated">So many tries have failed that the room says it is simulating.</param>
    public void LinkDown(bool isSimulated, string? reason, TimeSpan now)
    {
        Advance(now);
        if (!Commands.IsConnected && Commands.IsSimulated == isSimulated) return;
        Commands.LinkDown(isSimulated, reason, _now);
        Stop.LinkLost(_now, HasBegun);
        switch (Runs.Current?.OnBrokerLoss)
        {
            case BrokerLossPolicy.Stop: EndRun("the broker is gone", isProblem: true, isFinal: false, "the loss of the broker"); break;
            case BrokerLossPolicy.Hold: Runs.Hold(_now, reason ?? "the broker is gone"); break;
        }

        Settle();
    }

    public void LinkUp(TimeSpan now)
    {
        Advance(now);
        if (Commands.IsConnected) return;
        Commands.LinkUp(_now);
        Stop.LinkBack(_now, hasRun: Runs.Current is not null); // before anything else that is published
        Runs.Release(_now);
        Settle();
    }

    /// <summary>After a bad turn: whatever ran ends, and STOP goes out.</summary>
    public void Panic(string reason, TimeSpan now)
    {
        _now = Later(_now, now);
        _stoppedAt = now;
        EndRun(reason, isProblem: true, isFinal: true, "the room itself");
    }

    void ICommandOutcomes.SceneMustStop(string reason) => _mustStop ??= reason;

    bool ICommandOutcomes.Runs(string runId) => Runs.Current?.Id == runId && !Runs.HasEnded;

    void ICommandOutcomes.StopJudged(Verdict verdict, int confirmed, string? reason) => Stop.Judged(verdict, confirmed, reason, _now);

    /// <summary>What falls due at one instant, in this order: deadlines, STOP, the scene, refreshes, the next scene.</summary>
    private void Step(TimeSpan due)
    {
        _now = Later(_now, due);
        Commands.Expire(_now);
        Stop.Advance(_now);
        Runs.Advance(_now);
        Settle();
        Commands.Refresh(_now, mayRefresh: !Stop.IsSaying);
        if (CanBegin) Runs.BeginNext(_now);
        Settle();
    }

    /// <summary>What callbacks have asked for while others were still in the middle of their work.</summary>
    private void Settle()
    {
        Commands.SendAgain(_now);
        if (_mustStop is { } reason)
        {
            _mustStop = null;
            if (Runs.Current is { } failed)
            {
                EndRun(reason, isProblem: true, isFinal: false, "a failed command");
                if (failed.Request.IsAmbient) Runs.RestAmbient(_now);
            }
        }

        if (Runs.HasEnded) EndRun(null, isProblem: false, isFinal: false, "the end of the scene");
    }

    /// <summary>Something was switched on, or may have been, after the last STOP.</summary>
    private bool HasBegun => Runs.Current is not null || Commands.LastSentAt > Stop.Last?.At;

    private void EndRun(string? reason, bool isProblem, bool isFinal, string by, Sent? wish = null)
    {
        // The last commands of a scene that ended by itself still get their answers.
        if (reason is not null) Commands.CancelAll(reason, _now);
        Runs.End(_now, reason, isProblem, isFinal);
        _mustStop = null;
        _outside.StopPlayer();
        Stop.Say(by, _now, wish);
    }

    private void StopHeard(TimeSpan now)
    {
        _stoppedAt = now;
        Commands.AllOff(_now);
        if (Runs.Current is not null || Runs.Waiting.Count > 0)
        {
            EndRun("STOP by another program", isProblem: false, isFinal: true, "another program");
        }
        else
        {
            Runs.End(_now, null, isProblem: false, isFinal: true); // the ambient scene that would begin next stays away, too
            _outside.StopPlayer();
        }

        Commands.OthersStopped(); // devices answer that one as well, on the same topic
    }

    private RunAnswer? Refusal(RunRequest request) =>
        request.AskedAt <= _stoppedAt ? new RunAnswer(false, null, "STOP came while its file was read") : !Commands.IsConnected && Runs.PolicyOf(request) == BrokerLossPolicy.Stop
            ? new RunAnswer(false, null, "there is no broker, and on_broker_loss is stop") : null;

    private void Local(Sent command, Action<string> player)
    {
        player(command.Payload);
        Commands.Refuse(command, Verdict.Confirmed, "handed to the player", _now);
    }

    private static TimeSpan? Earlier(TimeSpan? a, TimeSpan? b) => a is null ? b : b is null || a < b ? a : b;

    private static TimeSpan Later(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
