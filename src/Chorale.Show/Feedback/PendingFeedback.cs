using Chorale.Protocol.Rooms;

namespace Chorale.Show.Feedback;

/// <summary>
/// Commands of one room from registering to their verdict. A command is registered before it is published, so no answer is too early; each
/// ends exactly once; a word that may belong to another command confirms nothing. design/feedback.md has the rules.
/// </summary>
/// <remarks>
/// Pure and single-threaded: time comes in as an argument and never runs backwards, verdicts go out from within the call. A call back may
/// register anew. An answer's time is when it was read from the socket; an answer at the deadline is late, so whoever calls hears what
/// waits in its inbox before it calls <see cref="Expire"/>.
/// </remarks>
/// <param name="life">Tells the ids of this process from those of the one before it: letters and digits.</param>
internal sealed class PendingFeedback(IFeedbackEnds ends, string life = "0")
{
    private readonly CommandMemory _memory = new(life);
    private readonly AnswerHabits _habits = new();
    private readonly Stack<List<PendingCommand>> _scratch = new();

    public FeedbackCounters Counters { get; } = new();

    /// <summary>Those without a verdict, oldest first.</summary>
    public IReadOnlyList<PendingCommand> Waiting => _memory.Pending;

    /// <summary>When <see cref="Expire"/> has something to do next; null while nothing waits.</summary>
    public TimeSpan? NextDeadline => _memory.NextDeadline;

    /// <summary>To be called before the command is published. A rule of <see cref="Generation.None"/> waits for nothing and is not registered.</summary>
    public CommandKey Register(string topic, string payload, FeedbackRule rule, TimeSpan now, object? tag = null)
    {
        if (rule.Generation == Generation.None) return CommandKey.None;
        _memory.Forget(now);
        var command = new PendingCommand(_memory.NextKey(), topic, payload, rule, now, tag);
        _habits.Apply(command);
        _memory.Add(command);
        Counters.Registered++;
        return command.Key;
    }

    /// <summary>A STOP: it is confirmed by so many nodes that none can be missing, see <see cref="StopCount"/>.</summary>
    /// <param name="expected">Nodes that shall confirm; below 1 counts as 1.</param>
    public CommandKey RegisterStop(string topic, string payload, int expected, TimeSpan deadline, TimeSpan now, object? tag = null)
    {
        _memory.Forget(now);
        var before = _memory.OfTopic(topic) is [.., { Stop: { } stop, Verdict: Verdict.Confirmed } last] && now - last.EndedAt < deadline ? stop.Outstanding : 0;
        var command = new PendingCommand(_memory.NextKey(), topic, payload, new FeedbackRule(Generation.Second, deadline), now, tag)
        {
            Stop = new StopCount(Math.Max(1, expected)) { Earlier = before },
        };
        _memory.Add(command);
        Counters.Registered++;
        return command.Key;
    }

    /// <summary>To be called before a STOP is published once more: the waiting begins anew.</summary>
    /// <returns>False when it has its verdict already.</returns>
    public bool StopAgain(CommandKey key, TimeSpan now)
    {
        if (_memory.Find(key) is not { IsPending: true, Stop: { } stop } command) return false;
        stop.Sendings++;
        command.Deadline = now + command.Rule.Deadline;
        _memory.DeadlineMoved();
        return true;
    }

    /// <summary>
    /// A STOP is wanted while another one is under way: they are one command from now on, and what the sayings so far bring proves nothing
    /// for the new one. To be called before it is published.
    /// </summary>
    /// <returns>False when that one has its verdict already.</returns>
    public bool StopAnew(CommandKey key, int expected, TimeSpan now)
    {
        if (_memory.Find(key) is not { IsPending: true, Stop: { } stop } command) return false;
        stop.Anew(Math.Max(1, expected));
        command.Deadline = now + command.Rule.Deadline;
        _memory.DeadlineMoved();
        return true;
    }

    /// <summary>Another program said it, too, and so many nodes will confirm that on the same topic.</summary>
    public void OthersStopped(CommandKey key, int nodes)
    {
        if (_memory.Find(key) is { IsPending: true, Stop: { } stop }) stop.Earlier += nodes;
    }

    public bool IsPending(CommandKey key) => _memory.Find(key) is { IsPending: true };

    /// <summary>The progress of a STOP: nodes that have certainly confirmed, nodes expected, sendings. Known for some seconds after its verdict, too.</summary>
    public StopCount? StopOf(CommandKey key) => _memory.Find(key)?.Stop;

    /// <summary>What goes with the publish as correlation data: a node that gives it back leaves no doubt.</summary>
    public byte[] CorrelationOf(CommandKey key) => _memory.CorrelationOf(key);

    /// <summary>It never left: no answer can come.</summary>
    public void NotSent(CommandKey key, Verdict verdict, string reason, TimeSpan now)
    {
        if (_memory.Find(key) is not { IsPending: true } command) return;
        End(command, verdict, reason, null, now);
        _memory.Remove(command);
    }

    /// <summary>Ends one that has left, or may have.</summary>
    public void GiveUp(CommandKey key, Verdict verdict, string reason, TimeSpan now)
    {
        if (_memory.Find(key) is { IsPending: true } command) End(command, verdict, reason, null, now);
    }

    public void LinkLost(TimeSpan now) => EndAll(now, Verdict.LostLink, "the connection to the broker ended before it was answered", static (_, _) => true, "");

    /// <summary>The Will of a node, or its silence, says that it is gone.</summary>
    public void NodeGone(string nodeId, TimeSpan now) =>
        EndAll(now, Verdict.LostLink, $"{nodeId} went away before it answered", static (c, id) => c.Rule.NodeId == id && c.Stop is null, nodeId);

    /// <summary>Ends everything but <paramref name="except"/>: the STOP that is the reason.</summary>
    public void CancelAll(TimeSpan now, string reason, CommandKey except = default) =>
        EndAll(now, Verdict.Cancelled, reason, static (c, key) => c.Key != key, except);

    /// <summary>Ends whatever has its deadline at or before <paramref name="now"/>, in the order of their deadlines.</summary>
    public void Expire(TimeSpan now)
    {
        if (_memory.NextDeadline is { } next && next <= now)
        {
            var due = TakeScratch();
            foreach (var command in _memory.Pending)
            {
                if (command.Deadline <= now) due.Add(command);
            }

            due.Sort(static (a, b) => a.Deadline != b.Deadline ? a.Deadline.CompareTo(b.Deadline) : a.Key.Id.CompareTo(b.Key.Id));
            foreach (var command in due)
            {
                if (command.IsPending) Expire(command);
            }

            Return(due);
        }

        _memory.Forget(now);
    }

    /// <summary>Takes in a message that may be an answer.</summary>
    /// <param name="now">When it was read from the socket.</param>
    public FeedbackMatch Heard(string topic, ReadOnlySpan<byte> payload, byte[]? correlation, bool retained, TimeSpan now)
    {
        var isTopic = RoomTopics.IsFeedback(topic);
        var isDevice = !isTopic && RoomTopics.TryDeviceStatus(topic, out _);
        if (!isTopic && !isDevice && !IsRoomStatus(topic)) return FeedbackMatch.NotFeedback;
        if (isDevice && RoomWords.Presence(payload) is not (PresenceWord.Ok or PresenceWord.Error)) return FeedbackMatch.NotFeedback;
        if (retained) return Odd(OddityKind.Retained, topic, payload, null);
        var newest = _memory.Newest; // what a verdict below makes its owner register is not what this answers
        Expire(now);
        var text = RoomWords.Feedback(payload);
        var word = text.Word;
        if (word == FeedbackWord.Unreadable || (isTopic && word == FeedbackWord.Other)) return Odd(OddityKind.Malformed, topic, payload, null);
        if (_memory.KeyOf(correlation, text.Id) is { } key)
        {
            if (_memory.Find(key) is not { } known)
            {
                // It says itself that it is another program's: one less that might be taken for ours.
                if (isTopic && _memory.OfTopic(RoomTopics.CommandOf(topic)) is [.., { Stop: { Earlier: > 0 } others }]) others.Earlier--;
                return Odd(OddityKind.Foreign, topic, payload, null);
            }

            return Certain(known, topic, payload, text, now);
        }

        var answer = new Answer(topic, text, WayOf(topic), newest, now);
        var list = isTopic ? _memory.OfTopic(RoomTopics.CommandOf(topic)) : _memory.OfStatus(topic);
        return isTopic && list is [.., { Stop: not null } stop] ? CountStop(stop, payload, answer) : Match(list, payload, answer);
    }

    private static AnswerWay WayOf(string topic) =>
        RoomTopics.IsFeedback(topic) ? AnswerWay.Topic : RoomTopics.TryDeviceStatus(topic, out _) ? AnswerWay.Node : AnswerWay.Room;

    /// <summary>Room/status without anything behind it: rooms have one level.</summary>
    private static bool IsRoomStatus(string topic) => topic.EndsWith("/status", StringComparison.Ordinal) && topic.IndexOf('/', StringComparison.Ordinal) == topic.Length - "/status".Length;

    private FeedbackMatch Match(IReadOnlyList<PendingCommand> list, ReadOnlySpan<byte> payload, in Answer answer)
    {
        // What the answer may belong to, oldest first. A topic that was caught repeating itself may repeat any answer of the last seconds.
        var isDistrusted = _habits.IsDistrusted(answer.Topic, answer.At);
        var may = TakeScratch();
        PendingCommand? lastAnswered = null, oldestPending = null;
        foreach (var command in list)
        {
            if (command.Key.Id > answer.NewestId || command.Stop is not null) continue;
            if (!answer.IsTopic && command.Awaits == Generation.Second) continue;
            var isAnswered = command.AnswerBy(answer.Way) is not null;
            if (isAnswered) lastAnswered = command;
            if (!isAnswered || isDistrusted) may.Add(command);
            if (command.IsPending) oldestPending ??= command;
        }

        try
        {
            if (oldestPending is null) return NobodyWaits(Oldest(may, answer.Way), lastAnswered, payload, answer);
            if (may.TrueForAll(c => IsOneCommand(c, oldestPending)) && !(oldestPending.SharedAnswer is not null && !answer.IsTopic))
            {
                EndBy(oldestPending, answer);
                return FeedbackMatch.Ended;
            }

            return Doubtful(may, payload, answer);
        }
        finally
        {
            Return(may);
        }
    }

    /// <summary>The same word on the same topic again: whichever of them the node means, that is what it acknowledges.</summary>
    private static bool IsOneCommand(PendingCommand a, PendingCommand b) => a == b || (a.Topic == b.Topic && a.Payload == b.Payload);

    /// <summary>
    /// Several commands, one answer. The oldest is taken to be answered; if that one waits still, it ends as ambiguous. The others wait on,
    /// and end as ambiguous too unless an answer comes that is certainly their own.
    /// </summary>
    private FeedbackMatch Doubtful(List<PendingCommand> may, ReadOnlySpan<byte> payload, in Answer answer)
    {
        var shown = PrintableText.Of(payload);
        var oldest = Oldest(may, answer.Way)!;
        foreach (var command in may)
        {
            if (command != oldest && command.IsPending) command.SharedAnswer = shown;
        }

        oldest.CountAnswer(answer.Way, answer.Text.Word);
        if (!oldest.IsPending)
        {
            Odd(OddityKind.Late, answer.Topic, payload, oldest);
            return FeedbackMatch.Odd;
        }

        var reason = may.Count > 1 ? $"\"{shown}\" came while {may.Count} commands may have been meant" : $"\"{shown}\" came after one that may have been meant for it as well";
        End(oldest, Verdict.Ambiguous, reason, answer.Text.Word, answer.At);
        return FeedbackMatch.Ended;
    }

    private FeedbackMatch NobodyWaits(PendingCommand? unanswered, PendingCommand? answered, ReadOnlySpan<byte> payload, in Answer answer)
    {
        if (unanswered is not null)
        {
            unanswered.CountAnswer(answer.Way, answer.Text.Word);
            return Odd(OddityKind.Late, answer.Topic, payload, unanswered);
        }

        _habits.Distrust(answer.Topic, answer.At);
        if (answered is null) return Odd(OddityKind.Unmatched, answer.Topic, payload, null);
        return Odd(answered.AnswerBy(answer.Way) == answer.Text.Word ? OddityKind.Repeated : OddityKind.Contradicted, answer.Topic, payload, answered);
    }

    private static PendingCommand? Oldest(List<PendingCommand> may, AnswerWay way)
    {
        foreach (var command in may)
        {
            if (command.AnswerBy(way) is null) return command;
        }

        return null;
    }

    /// <summary>It says which command it answers.</summary>
    private FeedbackMatch Certain(PendingCommand command, string topic, ReadOnlySpan<byte> payload, FeedbackText text, TimeSpan now)
    {
        var answer = new Answer(topic, text, WayOf(topic), _memory.Newest, now);
        if (command.Stop is not null) return CountStop(command, payload, answer);
        if (command.IsPending)
        {
            EndBy(command, answer);
            return FeedbackMatch.Ended;
        }

        var kind = command.Answer is not { } before ? OddityKind.Late : before == text.Word ? OddityKind.Repeated : OddityKind.Contradicted;
        command.Answer ??= text.Word;
        return Odd(kind, topic, payload, command);
    }

    private FeedbackMatch CountStop(PendingCommand command, ReadOnlySpan<byte> payload, in Answer answer)
    {
        var stop = command.Stop!;
        var isYes = answer.Text.Word is FeedbackWord.Ok or FeedbackWord.Inactive;
        if (isYes) stop.Confirmations++; // a late one, too: it is one less that may be taken for an answer to the next STOP
        if (!command.IsPending) return Odd(OddityKind.Late, answer.Topic, payload, command);
        if (!isYes) stop.Refusal = $"a node said \"{PrintableText.Of(payload)}\"";
        if (!stop.IsComplete) return FeedbackMatch.Noted;
        command.Answer = FeedbackWord.Ok;
        End(command, Verdict.Confirmed, null, FeedbackWord.Ok, answer.At);
        return FeedbackMatch.Ended;
    }

    private void EndBy(PendingCommand command, in Answer answer)
    {
        var word = answer.Text.Word;
        command.Answer = word;
        _habits.Learn(command, answer.IsTopic ? Generation.Second : Generation.First);
        // The first generation knows one word for yes.
        var isYes = word == FeedbackWord.Ok || (answer.IsTopic && word is FeedbackWord.Active or FeedbackWord.Inactive);
        if (isYes) End(command, Verdict.Confirmed, null, word, answer.At);
        else End(command, Verdict.Refused, answer.Text.Reason is { } reason ? PrintableText.Of(reason) : $"it said {(word == FeedbackWord.Other ? "something else than OK" : word.ToString().ToUpperInvariant())}", word, answer.At);
    }

    private void Expire(PendingCommand command)
    {
        var at = command.Deadline;
        if (command.Stop is { } stop)
        {
            var heard = $"{stop.NodesMin} of {stop.Expected} nodes confirmed, {stop.Sendings} {(stop.Sendings == 1 ? "sending" : "sendings")}";
            End(command, stop.Refusal is null ? Verdict.TimedOut : Verdict.Refused, stop.Refusal is { } no ? $"{no}; {heard}" : heard, null, at);
        }
        else if (command.SharedAnswer is { } shared)
        {
            End(command, Verdict.Ambiguous, $"\"{shared}\" may have been its answer, or an earlier command's", null, at);
        }
        else if (command.HasSuccessor)
        {
            End(command, Verdict.Superseded, "not answered, and a later command on the same topic was sent meanwhile", null, at);
        }
        else
        {
            _habits.Unlearn(command);
            End(command, Verdict.TimedOut, null, null, at);
        }
    }

    private void EndAll<T>(TimeSpan now, Verdict verdict, string reason, Func<PendingCommand, T, bool> which, T argument)
    {
        Expire(now);
        var all = TakeScratch();
        foreach (var command in _memory.Pending)
        {
            if (which(command, argument)) all.Add(command);
        }

        foreach (var command in all)
        {
            if (command.IsPending) End(command, verdict, reason, null, now);
        }

        Return(all);
    }

    private void End(PendingCommand command, Verdict verdict, string? reason, FeedbackWord? word, TimeSpan at)
    {
        (command.Verdict, command.EndedAt) = (verdict, at);
        _memory.Ended(command);
        Counters.Count(verdict);
        ends.Ended(new CommandEnd(command.Key, command.Topic, command.Payload, verdict, reason, command.SentAt, at - command.SentAt, word, command.Rule, command.Tag));
    }

    private FeedbackMatch Odd(OddityKind kind, string topic, ReadOnlySpan<byte> payload, PendingCommand? command)
    {
        Counters.Count(kind);
        ends.Odd(new FeedbackOddity(kind, topic, PrintableText.Of(payload), command?.Topic, command?.Key ?? default, command?.Tag));
        return FeedbackMatch.Odd;
    }

    /// <summary>A list for the usual case; another one where a call back calls back.</summary>
    private List<PendingCommand> TakeScratch() => _scratch.TryPop(out var list) ? list : new List<PendingCommand>(16);

    private void Return(List<PendingCommand> list)
    {
        list.Clear();
        _scratch.Push(list);
    }

    private readonly record struct Answer(string Topic, FeedbackText Text, AnswerWay Way, long NewestId, TimeSpan At)
    {
        public bool IsTopic => Way == AnswerWay.Topic;
    }
}
