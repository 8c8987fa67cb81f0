using Chorale.Protocol.Modules;

namespace Chorale.Fleet.Commands;

/// <summary>What an answer was good for.</summary>
internal enum AnswerFate
{
    /// <summary>It ended a command.</summary>
    Matched,

    /// <summary>It was noted; what the module does next decides.</summary>
    Held,

    /// <summary>Its command had timed out.</summary>
    Late,

    /// <summary>The same answer again.</summary>
    Repeated,

    /// <summary>Another answer than the first to the same command: the first counts.</summary>
    Contradiction,

    /// <summary>No command of ours: another master's.</summary>
    Unmatched,
}

/// <summary>
/// Commands between registering and their verdict. A command is registered before it is published, so no answer is too early; each ends
/// exactly once; an answer at the deadline is late. Knows what real modules do instead of answering (contracts.md 1.1). Thread-safe, no I/O.
/// </summary>
internal sealed class PendingCommands(TimeProvider time)
{
    /// <summary>Ended commands are remembered to tell a late answer from a foreign one: two minutes of a fleet of 1,000 being started.</summary>
    private const int EndedMax = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, PendingCommand> _byId = [];
    private readonly Dictionary<ModuleId, List<PendingCommand>> _byModule = [];
    private readonly Dictionary<string, CommandResult> _ended = [];
    private readonly Queue<string> _endedOrder = new();

    public int Count
    {
        get
        {
            lock (_gate) return _byId.Count;
        }
    }

    /// <summary>A start of this module waits for its answer.</summary>
    public bool IsStarting(ModuleId module)
    {
        lock (_gate) return _byModule.TryGetValue(module, out var list) && list.Exists(p => p.Kind == ModuleCommandKind.Start);
    }

    /// <summary>Notes a command before it is published.</summary>
    /// <exception cref="ArgumentException">A command with this id waits already.</exception>
    public PendingCommand Register(ModuleId module, ModuleCommand command, TimeSpan limit)
    {
        lock (_gate)
        {
            var pending = new PendingCommand(module, command, time.GetTimestamp(), limit);
            if (!_byId.TryAdd(pending.RequestId, pending)) throw new ArgumentException($"request id {pending.RequestId} waits for an answer already", nameof(command));
            if (!_byModule.TryGetValue(module, out var list)) _byModule[module] = list = [];
            if (pending.Kind is ModuleCommandKind.Stop or ModuleCommandKind.Shutdown)
            {
                foreach (var start in list.Where(p => p.Kind == ModuleCommandKind.Start).ToList())
                    End(start, Verdict.Superseded, $"{command.Name} came before it was answered");
            }

            // The list may have emptied and left.
            _byModule[module] = list;
            list.Add(pending);
            return pending;
        }
    }

    public AnswerFate Answered(ModuleId module, ModuleResponse answer)
    {
        lock (_gate)
        {
            var pending = answer.RequestId is { } id ? _byId.GetValueOrDefault(id) : Oldest(module);
            if (pending is null || pending.Module != module) return FateOfOther(module, answer);
            if (IsLate(pending))
            {
                End(pending, Verdict.TimedOut, TimeoutReason(pending));
                return AnswerFate.Late;
            }

            if (answer.RequestId is null && _byModule[module].Count > 1)
            {
                End(pending, Verdict.Ambiguous, $"an answer without request id came while {_byModule[module].Count} commands waited: {(answer.Success ? "yes" : "no")}, \"{answer.Message}\"", answer.Data);
                return AnswerFate.Matched;
            }

            return Decide(pending, answer);
        }
    }

    /// <summary>A status that was said now, not a retained one.</summary>
    public void StatusHeard(ModuleId module, ModuleStatus status)
    {
        lock (_gate)
        {
            foreach (var pending in Of(module))
            {
                if (IsLate(pending)) continue;
                switch (pending.Kind)
                {
                    case ModuleCommandKind.Shutdown when status.State == ModuleState.Disconnected:
                        Confirm(pending, null);
                        break;
                    case var _ when status.State == ModuleState.Disconnected:
                        End(pending, Verdict.LostLink, "the module went away before it answered");
                        break;
                    case ModuleCommandKind.Status:
                        Confirm(pending, null);
                        break;
                    case ModuleCommandKind.Stop when status.State == ModuleState.Idle:
                        Showed(pending, "its status says idle");
                        break;
                    case ModuleCommandKind.Start when status.State == ModuleState.Error:
                        pending.StatusError = status.Error ?? "its status says error";
                        break;
                    case ModuleCommandKind.Start when status.State == ModuleState.Recording && status.RecordingId == pending.Command.RecordingId:
                        pending.Evidence = "its status says recording";
                        break;
                }
            }
        }
    }

    /// <summary>Its recording is complete.</summary>
    public void RecordingCompleted(ModuleId module, string? recordingId)
    {
        lock (_gate)
        {
            foreach (var pending in Of(module).Where(p => p.Kind == ModuleCommandKind.Stop && !IsLate(p))) Showed(pending, $"recording {recordingId} is complete");
        }
    }

    /// <summary>Our own connection has ended: no answer can come.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="wasBehindIt">Which modules it led to; null: all.</param>
    public void LinkLost(string reason, Func<ModuleId, bool>? wasBehindIt = null)
    {
        lock (_gate)
        {
            foreach (var pending in _byId.Values.Where(p => wasBehindIt?.Invoke(p.Module) != false).ToList()) End(pending, Verdict.LostLink, reason);
        }
    }

    /// <summary>Ends one command from outside, unless it has ended.</summary>
    public void End(PendingCommand pending, Verdict verdict, string reason)
    {
        lock (_gate) End(pending, verdict, reason, null);
    }

    /// <summary>The deadline of these commands has come: each that waits still ends, by what is known of it.</summary>
    public void Expire(IEnumerable<PendingCommand> batch)
    {
        lock (_gate)
        {
            foreach (var pending in batch)
            {
                if (!_byId.ContainsKey(pending.RequestId)) continue;
                if (pending.HeldRefusal is { } refusal) End(pending, Verdict.Refused, refusal, null);
                else if (pending.StatusError is { } error) End(pending, Verdict.Refused, error, null);
                else if (pending.Evidence is { } evidence) Confirm(pending, $"it did not answer, but {evidence}");
                else End(pending, Verdict.TimedOut, TimeoutReason(pending), null);
            }
        }
    }

    private AnswerFate Decide(PendingCommand pending, ModuleResponse answer)
    {
        var note = answer.RequestId is null ? "it answered without the request id" : null;
        if (answer.Success)
        {
            if (pending.StatusError is { } error)
                End(pending, Verdict.Contradicted, $"it answered \"{answer.Message}\", and its status says: {error}", answer.Data);
            else
                Confirm(pending, note, answer.Data);
            return AnswerFate.Matched;
        }

        // Some modules answer `stop` with the text of an exception although they stop; "Not recording" is a plain no.
        if (pending.Kind == ModuleCommandKind.Stop && !answer.Message.Contains("not recording", StringComparison.OrdinalIgnoreCase))
        {
            pending.HeldRefusal = answer.Message;
            if (pending.Evidence is not { } evidence) return AnswerFate.Held;
            Showed(pending, evidence);
            return AnswerFate.Matched;
        }

        var reason = answer.Message.Length > 0 ? answer.Message : pending.StatusError ?? "it said no, without a reason";
        if (answer.Data?.Problems is { Count: > 1 } problems) reason += ": " + string.Join("; ", problems);
        End(pending, Verdict.Refused, reason, answer.Data);
        return AnswerFate.Matched;
    }

    private void Showed(PendingCommand pending, string evidence)
    {
        if (pending.HeldRefusal is { } refusal) Confirm(pending, $"it answered \"{Cut(refusal)}\", but {evidence}");
        else pending.Evidence = evidence;
    }

    private AnswerFate FateOfOther(ModuleId module, ModuleResponse answer)
    {
        if (answer.RequestId is not { } id || !_ended.TryGetValue(id, out var ended) || ended.Module != module) return AnswerFate.Unmatched;
        return ended.Verdict switch
        {
            Verdict.TimedOut or Verdict.Superseded or Verdict.LostLink or Verdict.Cancelled => AnswerFate.Late,
            Verdict.Confirmed when ended.Note is null && !answer.Success && ended.Command is not "status" => AnswerFate.Contradiction,
            Verdict.Refused when answer.Success => AnswerFate.Contradiction,
            _ => AnswerFate.Repeated,
        };
    }

    private PendingCommand? Oldest(ModuleId module) => _byModule.GetValueOrDefault(module)?.FirstOrDefault();

    private List<PendingCommand> Of(ModuleId module) => _byModule.TryGetValue(module, out var list) ? [.. list] : [];

    private bool IsLate(PendingCommand pending) => time.GetElapsedTime(pending.RegisteredStamp) >= pending.Limit;

    private void Confirm(PendingCommand pending, string? note, ModuleResponseData? data = null) => Finish(pending, Verdict.Confirmed, null, note, data);

    private void End(PendingCommand pending, Verdict verdict, string reason, ModuleResponseData? data) => Finish(pending, verdict, reason, null, data);

    private void Finish(PendingCommand pending, Verdict verdict, string? reason, string? note, ModuleResponseData? data)
    {
        if (!_byId.Remove(pending.RequestId)) return;
        var list = _byModule[pending.Module];
        list.Remove(pending);
        if (list.Count == 0) _byModule.Remove(pending.Module);
        var result = new CommandResult(
            pending.Module, pending.RequestId, pending.Command.Name, verdict, reason, note, time.GetElapsedTime(pending.RegisteredStamp), data);
        _ended[pending.RequestId] = result;
        _endedOrder.Enqueue(pending.RequestId);
        if (_endedOrder.Count > EndedMax) _ended.Remove(_endedOrder.Dequeue());
        pending.End(result);
    }

    private static string TimeoutReason(PendingCommand pending) => $"no answer within {pending.Limit.TotalSeconds:0.#} s";

    private static string Cut(string text) => text.Length <= 80 ? text : text[..80] + "...";
}
