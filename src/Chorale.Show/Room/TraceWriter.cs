using Chorale.Show.Feedback;
using Chorale.Show.Scenes;

namespace Chorale.Show.Room;

/// <summary>Notes of runs into the store of traces: a line for each cue, which gets its verdict when it has one, and one for each state.</summary>
internal sealed class TraceWriter(string room, TraceStore store, TimeProvider time) : IJournalReader
{
    private readonly List<TraceEntry> _entries = [];
    private readonly Dictionary<long, TraceEntry> _unjudged = [];
    private string? _run;
    private TimeSpan _began;
    private long _number, _cues, _failed;
    private TimeSpan _lateMax;
    private string? _ended;

    public void Read(IReadOnlyList<RoomNote> notes)
    {
        foreach (var note in notes) Take(note);
        Write();
    }

    private void Take(RoomNote note)
    {
        switch (note)
        {
            case RunBegan n:
                Write();
                (_run, _began, _number, _cues, _failed, _lateMax, _ended) = (n.RunId, n.At, 0, 0, 0, TimeSpan.Zero, null);
                _unjudged.Clear();
                store.Begin(new TraceRun { Id = n.RunId, Room = room, Scene = n.Name, By = n.By, StartedAt = time.GetUtcNow() });
                break;
            case StateEntered n:
                Add(n.Planned, n.Real, TraceKind.State, n.Path, n.From is null ? n.To : $"{n.From} -> {n.To}", n.Cause);
                break;
            case CueDone n:
                _cues++;
                if (n.Real - n.Planned is var late && late > _lateMax) _lateMax = late;
                var cue = Add(n.Planned, n.Real, TraceKind.Cue, n.Action.Path, What(n.Action), null);
                if (n.Action.Kind == ActionKind.Mqtt) _unjudged[n.Number] = cue;
                break;
            case CommandJudged { Command.RunId: { } run } n when run == _run:
                if (!_unjudged.Remove(n.Command.Number, out var judged)) break;
                _entries.Add(judged with { Verdict = Word(n.Verdict), Reason = n.Reason, Took = n.Took });
                if (n.Verdict is not (Verdict.Confirmed or Verdict.Simulated)) _failed++;
                if (_ended is not null) End(_ended); // the last commands of a scene get their verdicts after it
                break;
            case RunHeld n:
                Say(n.At, n.IsHeld ? "held" : "released", n.Reason);
                break;
            case LinkTurned n when _run is not null:
                Say(n.At, n.IsConnected ? "broker back" : n.IsSimulated ? "simulation" : "broker lost", n.Reason);
                break;
            case RunEnded n:
                Add(n.Lasted, n.Lasted, TraceKind.End, "", "end", n.Reason);
                End(n.Reason);
                break;
        }
    }

    private TraceEntry Add(TimeSpan planned, TimeSpan real, TraceKind kind, string path, string what, string? reason)
    {
        var entry = new TraceEntry(++_number, planned, real, kind, path, what, Reason: reason);
        _entries.Add(entry);
        return entry;
    }

    private void Say(TimeSpan at, string what, string? reason)
    {
        if (_run is not null) Add(at - _began, at - _began, TraceKind.Note, "", what, reason);
    }

    private void End(string reason)
    {
        _ended = reason;
        Write();
        store.End(_run!, reason, _cues, _failed, _lateMax);
    }

    private void Write()
    {
        if (_entries.Count == 0 || _run is null) return;
        store.Append(_run, _entries);
        _entries.Clear();
    }

    private static string What(SceneAction action) => action.Kind == ActionKind.Mqtt
        ? $"{action.Topic}: {PrintableText.Of(action.Message)}" : $"{action.Kind.ToString().ToLowerInvariant()}: {PrintableText.Of(action.Message)}";

    private static string Word(Verdict verdict) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(verdict.ToString());
}
