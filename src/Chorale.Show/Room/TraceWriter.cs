using Chorale.Show.Feedback;
using Chorale.Show.Scenes;

namespace Chorale.Show.Room;

/// <summary>Notes of runs into the store of traces: a line for each cue, which gets its verdict when it has one, and one for each state.</summary>
internal sealed class TraceWriter(string room, TraceStore store, TimeProvider time) : IJournalReader
{
    /// <summary>Ended runs whose last commands wait for their verdicts; a verdict comes within seconds, or was lost with a journal that ran over.</summary>
    private const int BooksMax = 8;

    /// <summary>The run of now is the last; those before it have ended.</summary>
    private readonly List<Book> _books = [];

    public void Read(IReadOnlyList<RoomNote> notes)
    {
        foreach (var note in notes) Take(note);
        foreach (var book in _books) Write(book);
        _books.RemoveAll(b => b.EndReason is not null && b.Unjudged.Count == 0);
    }

    private void Take(RoomNote note)
    {
        switch (note)
        {
            case RunBegan n:
                if (_books.Count >= BooksMax)
                {
                    Write(_books[0]);
                    _books.RemoveAt(0);
                }

                _books.Add(new Book(n.RunId, n.At));
                store.Begin(new TraceRun { Id = n.RunId, Room = room, Scene = n.Name, By = n.By, StartedAt = time.GetUtcNow() });
                break;
            case StateEntered n when Find(n.RunId) is { } book:
                book.Add(n.Planned, n.Real, TraceKind.State, n.Path, n.From is null ? n.To : $"{n.From} -> {n.To}", n.Cause);
                break;
            case CueDone n when Find(n.RunId) is { } book:
                book.Cues++;
                if (n.Real - n.Planned is var late && late > book.LateMax) book.LateMax = late;
                var cue = book.Add(n.Planned, n.Real, TraceKind.Cue, n.Action.Path, What(n.Action), null);
                if (n.Action.Kind == ActionKind.Mqtt) book.Unjudged[n.Number] = cue;
                break;
            case CommandJudged { Command.RunId: { } run } n when Find(run) is { } book && book.Unjudged.Remove(n.Command.Number, out var judged):
                book.Entries.Add(judged with { Verdict = Word(n.Verdict), Reason = n.Reason, Took = n.Took });
                if (n.Verdict is not (Verdict.Confirmed or Verdict.Simulated)) book.Failed++;
                if (book.EndReason is { } ended) End(book, ended); // the last commands of a scene get their verdicts after it
                break;
            case RunHeld n:
                Find(n.RunId)?.Say(n.At, n.IsHeld ? "held" : "released", n.Reason);
                break;
            case LinkTurned n when _books is [.., { EndReason: null } book]:
                book.Say(n.At, n.IsConnected ? "broker back" : n.IsSimulated ? "simulation" : "broker lost", n.Reason);
                break;
            case RunEnded n when Find(n.RunId) is { } book:
                book.Add(n.Lasted, n.Lasted, TraceKind.End, "", "end", n.Reason);
                End(book, n.Reason);
                break;
        }
    }

    private Book? Find(string run) => _books.FindLast(b => b.RunId == run);

    private void End(Book book, string reason)
    {
        book.EndReason = reason;
        Write(book);
        store.End(book.RunId, reason, book.Cues, book.Failed, book.LateMax);
    }

    private void Write(Book book)
    {
        if (book.Entries.Count == 0) return;
        store.Append(book.RunId, book.Entries);
        book.Entries.Clear();
    }

    private static string What(SceneAction action) => action.Kind == ActionKind.Mqtt
        ? $"{action.Topic}: {PrintableText.Of(action.Message)}" : $"{action.Kind.ToString().ToLowerInvariant()}: {PrintableText.Of(action.Message)}";

    private static string Word(Verdict verdict) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(verdict.ToString());

    /// <summary>One run from its begin to its last verdict.</summary>
    private sealed class Book(string runId, TimeSpan began)
    {
        private long _number;

        public string RunId => runId;

        /// <summary>Not written yet.</summary>
        public List<TraceEntry> Entries { get; } = [];

        public Dictionary<long, TraceEntry> Unjudged { get; } = [];

        public long Cues { get; set; }

        public long Failed { get; set; }

        public TimeSpan LateMax { get; set; }

        /// <summary>Null while it goes on.</summary>
        public string? EndReason { get; set; }

        public TraceEntry Add(TimeSpan planned, TimeSpan real, TraceKind kind, string path, string what, string? reason)
        {
            var entry = new TraceEntry(++_number, planned, real, kind, path, what, Reason: reason);
            Entries.Add(entry);
            return entry;
        }

        public void Say(TimeSpan at, string what, string? reason) => Add(at - began, at - began, TraceKind.Note, "", what, reason);
    }
}
