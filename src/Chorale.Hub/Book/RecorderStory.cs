using System.Text.Json;
using Chorale.Archive.Index;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Dapper;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub.Book;

/// <summary>
/// Alarms of recorders that only upload, as the header of their newest chunk has them: they have no other voice. A recorder that is also a
/// module says them there, and is not told of twice. One thread at a time.
/// </summary>
internal sealed class RecorderStory(EventBook book, ArchiveIndex index, Func<string, bool> isModule, TimeProvider time, ILogger log)
{
    public const string Alarm = "recorder_alarm", Over = "recorder_alarm_cleared";

    /// <summary>Of a recorder that was not heard for longer nobody expects anything: it was taken away.</summary>
    public static readonly TimeSpan ExpectedFor = TimeSpan.FromDays(7);

    /// <summary>A header is words of the network.</summary>
    private const int AlarmsMax = 16, AlarmCharsMax = 64;

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, Known> _known = new(StringComparer.Ordinal);

    public async Task RunAsync(CancellationToken stopping)
    {
        using var tick = new PeriodicTimer(LookInterval, time);
        while (await tick.WaitForNextTickAsync(stopping))
        {
            try
            {
                Look();
            }
            catch (Exception e) // supervisor: what is said of recorders stands until they can be looked at again
            {
                Log.StoryFailed(log, "recorders", e);
            }
        }
    }

    internal void Look()
    {
        var nowUs = WallTime.ToMicroseconds(time.GetUtcNow());
        var heard = index.Read(c => c.Query<(string Id, string? Name, string? Header, long SeenUs)>(
            "SELECT recorder_id, name, last_header, last_seen_us FROM recorders WHERE last_seen_us >= @since", new { since = nowUs - (long)ExpectedFor.TotalMicroseconds }).ToList());
        foreach (var recorder in heard)
        {
            var alarms = isModule(recorder.Id) || (recorder.Name is { } name && isModule(name)) ? [] : AlarmsOf(recorder.Id, recorder.Header);
            Stand(recorder.Id, recorder.Name, alarms, recorder.SeenUs);
        }

        if (heard.Count == _known.Count) return;
        var ids = heard.Select(r => r.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _known.Keys.Where(id => !ids.Contains(id)).ToList())
        {
            Stand(gone, null, [], nowUs);
            _known.Remove(gone);
        }
    }

    private void Stand(string id, string? name, IReadOnlyList<string> now, long seenUs)
    {
        // What stood before this hub was started may have ended meanwhile.
        var before = Remember(id).Standing ?? [.. book.Troubles.Of(Alarm, id).Select(t => t.Detail).OfType<string>()];
        _known[id] = _known[id] with { Standing = now };
        if (ReferenceEquals(before, now)) return;
        foreach (var alarm in now.Except(before))
        {
            book.Troubles.Raise(Alarm, BookArea.Archive, id, alarm, null, seenUs);
            book.Tell(new BookEvent(BookLevel.Warn, BookArea.Archive, id, Alarm, $"Alarm {alarm} on {name ?? id}, says its last chunk") { Args = Args(alarm, name ?? id) });
        }

        foreach (var alarm in before.Except(now))
        {
            book.Troubles.Clear(Alarm, id, alarm);
            book.Tell(new BookEvent(BookLevel.Info, BookArea.Archive, id, Over, $"Alarm {alarm} on {name ?? id} has ended") { Args = Args(alarm, name ?? id) });
        }
    }

    /// <summary>The same list for the same header: most have said nothing new since the last look.</summary>
    private IReadOnlyList<string> AlarmsOf(string id, string? header)
    {
        var known = Remember(id);
        if (known.Said is { } said && known.Header == header) return said;
        string? state = null;
        try
        {
            if (header is not null) state = JsonSerializer.Deserialize<ChunkHeader>(header)?.State;
        }
        catch (JsonException)
        {
            // Of another hub's making: it says nothing to us.
        }

        string[] alarms = state is null or "ok" ? [] : [.. state.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(a => a.Length <= AlarmCharsMax).Distinct().Take(AlarmsMax)];
        _known[id] = known with { Header = header, Said = alarms };
        return alarms;
    }

    private static Dictionary<string, string> Args(string alarm, string recorder) => new() { ["alarm"] = alarm, ["recorder"] = recorder };

    private Known Remember(string id)
    {
        if (!_known.TryGetValue(id, out var known)) _known.Add(id, known = new Known(null, null, null));
        return known;
    }

    /// <param name="Said">Alarms of <paramref name="Header"/>.</param>
    /// <param name="Standing">Told; null: not looked at yet.</param>
    private sealed record Known(string? Header, IReadOnlyList<string>? Said, IReadOnlyList<string>? Standing);
}
