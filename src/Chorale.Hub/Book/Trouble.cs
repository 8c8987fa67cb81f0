using System.Text.Json.Serialization;

namespace Chorale.Hub.Book;

/// <summary>Something that began and has not ended: what Home says since when, and how often.</summary>
/// <param name="Kind">Event that raised it.</param>
/// <param name="Detail">Which of several of one subject: an alarm, a topic.</param>
internal sealed record Trouble(
    [property: JsonPropertyName("key")] string Key,
    [property: JsonPropertyName("kind")] string Kind,
    [property: JsonPropertyName("area")] string Area,
    [property: JsonPropertyName("subject")] string? Subject,
    [property: JsonPropertyName("detail")] string? Detail,
    [property: JsonPropertyName("since_us")] long SinceUs,
    [property: JsonPropertyName("last_us")] long LastUs,
    [property: JsonPropertyName("count")] long Count,
    [property: JsonPropertyName("reason")] string? Reason)
{
    public static string KeyOf(string kind, string? subject, string? detail) => $"{kind}/{subject}/{detail}";
}

internal sealed record TroubleEndedView([property: JsonPropertyName("key")] string Key);

/// <summary>
/// The troubles that stand. One is raised under a key and cleared under it, or forgotten some time after it last happened
/// where nothing can clear it. Bounded. Thread-safe.
/// </summary>
internal sealed class Troubles
{
    /// <summary>2,000 modules with a trouble each.</summary>
    public const int Max = 2_000;

    /// <summary>These say that something happened, not that it goes on: they are forgotten so long after it happened last.</summary>
    private static readonly Dictionary<string, TimeSpan> Passing = new()
    {
        ["command_failed"] = TimeSpan.FromHours(24), ["chunk_refused"] = TimeSpan.FromHours(24), ["chunk_odd"] = TimeSpan.FromHours(24),
        ["run_failed"] = TimeSpan.FromHours(24), ["run_cut"] = TimeSpan.FromHours(24), ["uploads_stopped"] = RecorderStory.ExpectedFor, ["hub_error"] = TimeSpan.FromHours(1),
    };

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Trouble> _standing = new(StringComparer.Ordinal);
    private readonly HashSet<string> _changed = new(StringComparer.Ordinal);
    private long _version;

    public Troubles(IEnumerable<Trouble> known)
    {
        foreach (var trouble in known) _standing[trouble.Key] = trouble;
    }

    /// <summary>Called with each change, on the thread that makes it.</summary>
    public Action? Changed { get; set; }

    /// <summary>Rises with each change.</summary>
    public long Version => Volatile.Read(ref _version);

    public IReadOnlyList<Trouble> All()
    {
        lock (_gate) return [.. _standing.Values.OrderBy(t => t.Key, StringComparer.Ordinal)];
    }

    public IReadOnlyList<Trouble> Of(string kind, string? subject)
    {
        lock (_gate) return [.. _standing.Values.Where(t => t.Kind == kind && t.Subject == subject)];
    }

    /// <returns>True when it did not stand before.</returns>
    /// <param name="sinceUs">When it began; null: now.</param>
    public bool Raise(string kind, string area, string? subject, string? detail, string? reason, long nowUs, int count = 1, long? sinceUs = null)
    {
        var key = Trouble.KeyOf(kind, subject, detail);
        lock (_gate)
        {
            var isNew = !_standing.TryGetValue(key, out var known);
            if (isNew && _standing.Count >= Max) return true;
            _standing[key] = isNew
                ? new Trouble(key, kind, area, subject, detail, sinceUs ?? nowUs, nowUs, count, reason)
                : known! with { LastUs = nowUs, Count = known.Count + count, Reason = reason ?? known.Reason };
            Note(key);
            return isNew;
        }
    }

    /// <returns>What stood under this key; null when nothing did.</returns>
    public Trouble? Clear(string kind, string? subject, string? detail)
    {
        lock (_gate)
        {
            if (!_standing.Remove(Trouble.KeyOf(kind, subject, detail), out var known)) return null;
            Note(known.Key);
            return known;
        }
    }

    /// <summary>Of a module that was forgotten.</summary>
    public void Forget(string area, string subject)
    {
        lock (_gate)
        {
            foreach (var key in _standing.Where(t => t.Value.Area == area && t.Value.Subject == subject).Select(t => t.Key).ToList())
            {
                _standing.Remove(key);
                Note(key);
            }
        }
    }

    public void Age(long nowUs)
    {
        lock (_gate)
        {
            foreach (var (key, _) in _standing.Where(t => Passing.TryGetValue(t.Value.Kind, out var kept) && nowUs - t.Value.LastUs > kept.TotalMicroseconds).ToList())
            {
                _standing.Remove(key);
                Note(key);
            }
        }
    }

    /// <summary>What changed since this was last asked: how it stands, or null where it stands no more.</summary>
    public IReadOnlyList<(string Key, Trouble? Standing)> TakeChanges()
    {
        lock (_gate)
        {
            if (_changed.Count == 0) return [];
            var changes = _changed.Select(k => (k, _standing.GetValueOrDefault(k))).ToList();
            _changed.Clear();
            return changes;
        }
    }

    private void Note(string key)
    {
        _version++;
        _changed.Add(key);
        Changed?.Invoke();
    }
}
