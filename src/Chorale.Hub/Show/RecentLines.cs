namespace Chorale.Hub.Show;

/// <summary>The last lines of each room, for those who come later. Any thread.</summary>
internal sealed class RecentLines
{
    public const int PerRoom = 1_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Queue<RoomLineView>> _rooms = new(StringComparer.Ordinal);

    public void Add(RoomLineView line)
    {
        lock (_gate)
        {
            if (!_rooms.TryGetValue(line.Room, out var lines)) _rooms.Add(line.Room, lines = new Queue<RoomLineView>());
            lines.Enqueue(line);
            if (lines.Count > PerRoom) lines.Dequeue();
        }
    }

    public IReadOnlyList<RoomLineView> Of(string room)
    {
        lock (_gate) return _rooms.TryGetValue(room, out var lines) ? [.. lines] : [];
    }

    public void Clear(string room)
    {
        lock (_gate) _rooms.Remove(room);
    }
}
