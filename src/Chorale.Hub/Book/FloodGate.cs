namespace Chorale.Hub.Book;

/// <summary>
/// Keeps a condition that repeats from filling the book: within a second the same thing about the same subject is told once and counted,
/// and of more than <see cref="SubjectsMax"/> subjects the rest become one event that names them. Pure: no clock, no locks.
/// </summary>
internal sealed class FloodGate
{
    public const int SubjectsMax = 20;

    /// <summary>A kind is a constant of the program; more than this would be a fault of ours.</summary>
    private const int KindsMax = 512;

    /// <summary>Names in the text of a folded event.</summary>
    private const int NamesCharsMax = 1_500;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly Dictionary<(string Area, string Event), Kind> _open = [];

    /// <summary>Something is counted and will have to be told.</summary>
    public bool HasOpen => _open.Count > 0;

    /// <returns>True: it is to be told now.</returns>
    public bool Take(BookEvent told, TimeSpan now)
    {
        if (!_open.TryGetValue((told.Area, told.Event), out var kind))
        {
            if (_open.Count >= KindsMax) return true;
            _open.Add((told.Area, told.Event), kind = new Kind(now));
        }

        if (kind.Seen.TryGetValue((told.Subject, told.Text), out var seen))
        {
            kind.Seen[(told.Subject, told.Text)] = seen with { Count = seen.Count + told.Count };
            return false;
        }

        if (kind.Seen.Count >= SubjectsMax)
        {
            kind.Fold(told);
            return false;
        }

        kind.Seen.Add((told.Subject, told.Text), told with { Count = 0 });
        return true;
    }

    /// <summary>What was counted in seconds that are over.</summary>
    public IReadOnlyList<BookEvent> Due(TimeSpan now)
    {
        List<BookEvent>? due = null;
        foreach (var (key, kind) in _open.Where(o => now - o.Value.Since >= Window).ToList())
        {
            _open.Remove(key);
            foreach (var repeated in kind.Seen.Values.Where(s => s.Count > 0)) (due ??= []).Add(repeated);
            if (kind.Folded is { } folded) (due ??= []).Add(folded with { Text = kind.Text(), Args = folded.Count == 1 ? folded.Args : null });
        }

        return due ?? (IReadOnlyList<BookEvent>)[];
    }

    private sealed class Kind(TimeSpan since)
    {
        private readonly System.Text.StringBuilder _names = new();
        private readonly HashSet<string> _named = [];

        public TimeSpan Since => since;

        public Dictionary<(string?, string), BookEvent> Seen { get; } = [];

        public BookEvent? Folded { get; private set; }

        public void Fold(BookEvent told)
        {
            Folded = Folded is null ? told with { Subject = null } : Folded with { Count = Folded.Count + told.Count };
            if (told.Level > Folded.Level) Folded = Folded with { Level = told.Level };
            if (told.Subject is not { } name || _names.Length > NamesCharsMax || !_named.Add(name)) return;
            _names.Append(_named.Count > 1 ? ", " : "").Append(name);
        }

        public string Text()
        {
            var cut = _names.Length > NamesCharsMax ? ", ..." : "";
            return Folded!.Count == 1 ? Folded.Text : $"{Folded.Text} ({Folded.Count} of this kind within a second{(_named.Count > 0 ? $": {_names}{cut}" : "")})";
        }
    }
}
