using Chorale.Protocol.Modules;

namespace Chorale.Recorder.Control;

/// <summary>
/// Which requests were answered, and how: a master that asks again with the same id gets the same answer, and nothing is done twice. Bounded
/// in number and in time, for ids of careless masters come round again. Pure; used by one thread.
/// </summary>
internal sealed class AnswerMemory
{
    public const int Kept = 256;

    /// <summary>Longer than any master repeats a request, and than any broker holds a command.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(10);

    private readonly Dictionary<(string Id, ModuleCommandKind Kind), Entry> _entries = [];
    private readonly Queue<((string Id, ModuleCommandKind Kind) Key, DateTimeOffset At)> _order = new();

    /// <returns>True when the request is new, or has no id to know it by. Else its answer, null while there is none yet.</returns>
    public bool IsNew(string? requestId, ModuleCommandKind kind, DateTimeOffset now, out ModuleResponse? answer)
    {
        answer = null;
        if (requestId is null) return true;
        while (_order.TryPeek(out var oldest) && (_order.Count >= Kept || now - oldest.At > KeptFor || now < oldest.At))
        {
            _order.Dequeue();
            _entries.Remove(oldest.Key);
        }

        if (_entries.TryGetValue((requestId, kind), out var entry))
        {
            answer = entry.Answer;
            return false;
        }

        _entries.Add((requestId, kind), new Entry());
        _order.Enqueue(((requestId, kind), now));
        return true;
    }

    public void Keep(string? requestId, ModuleCommandKind kind, ModuleResponse answer)
    {
        if (requestId is not null && _entries.TryGetValue((requestId, kind), out var entry)) entry.Answer = answer;
    }

    private sealed class Entry
    {
        public ModuleResponse? Answer { get; set; }
    }
}
