using Chorale.Protocol;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Health;

/// <summary>How bad it is.</summary>
internal enum AlarmLevel
{
    /// <summary>Audio is safe; a person should look.</summary>
    Degraded,

    /// <summary>Audio is being lost, or what is recorded is worth nothing.</summary>
    Error,
}

/// <summary>The alarms that stand now, each with since when. Raised and cleared by condition, logged once each way. Thread-safe.</summary>
internal sealed class AlarmBoard(TimeProvider time, ILogger log)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, (AlarmLevel Level, DateTimeOffset Since, string Text)> _alarms = new(StringComparer.Ordinal);

    /// <summary>Raises or clears <paramref name="id"/>; the text may change while it stands.</summary>
    public void Set(string id, bool stands, AlarmLevel level, string text)
    {
        lock (_gate)
        {
            if (stands == _alarms.TryGetValue(id, out var old))
            {
                if (stands && old.Text != text) _alarms[id] = old with { Text = text };
                return;
            }

            if (stands) _alarms[id] = (level, time.GetUtcNow(), text);
            else _alarms.Remove(id);
        }

        if (!stands) Log.AlarmCleared(log, id);
        else if (level == AlarmLevel.Error) Log.AlarmRaised(log, id, text);
        else Log.AlarmNoted(log, id, text);
    }

    public IReadOnlyList<Alarm> Snapshot()
    {
        lock (_gate)
        {
            return [.. _alarms.Select(a => new Alarm(a.Key, Word(a.Value.Level), WallTime.ToText(a.Value.Since), a.Value.Text))];
        }
    }

    /// <summary><c>ok</c>, or the word of the worst alarm.</summary>
    public static string Status(IReadOnlyList<Alarm> alarms) =>
        alarms.Count == 0 ? "ok" : alarms.Any(a => a.Level == Word(AlarmLevel.Error)) ? Word(AlarmLevel.Error) : Word(AlarmLevel.Degraded);

    private static string Word(AlarmLevel level) => level == AlarmLevel.Error ? "error" : "degraded";
}
