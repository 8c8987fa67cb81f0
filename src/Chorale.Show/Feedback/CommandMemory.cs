using System.Globalization;
using System.Text;

namespace Chorale.Show.Feedback;

/// <summary>
/// Commands that wait, and those that ended so recently that an answer to them may still come; by topic, by the first generation's status
/// topics, and by id. Pure, single-threaded.
/// </summary>
internal sealed class CommandMemory
{
    /// <summary>Real nodes answer within 167 ms; what comes 5 s after the verdict is believed to belong to something newer.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(5);

    /// <summary>200 commands a second for 5 s; beyond, the oldest are forgotten early.</summary>
    private const int EndedMax = 1024;

    private readonly Dictionary<long, PendingCommand> _byId = [];
    private readonly Dictionary<string, List<PendingCommand>> _byTopic = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<PendingCommand>> _byStatus = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<PendingCommand>>.AlternateLookup<ReadOnlySpan<char>> _byTopicSpan;
    private readonly List<PendingCommand> _pending = [];
    private readonly Queue<PendingCommand> _ended = new();
    private readonly string _prefix;
    private TimeSpan? _nextDeadline;
    private bool _isDeadlineKnown = true;

    public CommandMemory(string life)
    {
        _prefix = $"ch{life}-";
        _byTopicSpan = _byTopic.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public IReadOnlyList<PendingCommand> Pending => _pending;

    /// <summary>Id of the command registered last.</summary>
    public long Newest { get; private set; }

    public TimeSpan? NextDeadline
    {
        get
        {
            if (_isDeadlineKnown) return _nextDeadline;
            _nextDeadline = null;
            foreach (var command in _pending)
            {
                if (_nextDeadline is not { } next || command.Deadline < next) _nextDeadline = command.Deadline;
            }

            _isDeadlineKnown = true;
            return _nextDeadline;
        }
    }

    public CommandKey NextKey() => new(++Newest);

    public PendingCommand? Find(CommandKey key) => _byId.GetValueOrDefault(key.Id);

    public IReadOnlyList<PendingCommand> OfTopic(ReadOnlySpan<char> commandTopic) => _byTopicSpan.TryGetValue(commandTopic, out var list) ? list : [];

    public IReadOnlyList<PendingCommand> OfStatus(string statusTopic) => _byStatus.TryGetValue(statusTopic, out var list) ? list : [];

    public void Add(PendingCommand command)
    {
        _byId.Add(command.Key.Id, command);
        foreach (var earlier in OfTopic(command.Topic)) earlier.HasSuccessor = true;
        Add(_byTopic, command.Topic, command);
        if (command.Stop is null && command.Rule.Generation is Generation.First or Generation.Both)
        {
            Add(_byStatus, command.StatusTopic, command);
            if (NodeStatus(command) is { } node && node != command.StatusTopic) Add(_byStatus, node, command);
        }

        _pending.Add(command);
        if (_isDeadlineKnown && (_nextDeadline is not { } next || command.Deadline < next)) _nextDeadline = command.Deadline;
    }

    public void DeadlineMoved() => _isDeadlineKnown = false;

    /// <summary>It has its verdict; answers to it may still come.</summary>
    public void Ended(PendingCommand command)
    {
        _pending.Remove(command);
        _isDeadlineKnown = false;
        _ended.Enqueue(command);
    }

    public void Forget(TimeSpan now)
    {
        while (_ended.TryPeek(out var oldest) && (_ended.Count > EndedMax || oldest.EndedAt + Kept <= now)) Remove(_ended.Dequeue());
    }

    /// <summary>No answer to it is thinkable.</summary>
    public void Remove(PendingCommand command)
    {
        if (!_byId.Remove(command.Key.Id)) return;
        Remove(_byTopic, command.Topic, command);
        Remove(_byStatus, command.StatusTopic, command);
        if (NodeStatus(command) is { } node) Remove(_byStatus, node, command);
    }

    public byte[] CorrelationOf(CommandKey key) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_prefix}{key.Id:x}"));

    /// <summary>Null for an id that is none of ours: some nodes have habits of their own there.</summary>
    public CommandKey? KeyOf(byte[]? correlation, string? id)
    {
        if (correlation is { Length: > 0 and <= 64 }) id = Encoding.ASCII.GetString(correlation);
        if (id is null || !id.StartsWith("ch", StringComparison.Ordinal)) return null;
        if (id.StartsWith(_prefix, StringComparison.Ordinal)
            && long.TryParse(id.AsSpan(_prefix.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)) return new CommandKey(number);
        var dash = id.IndexOf('-', StringComparison.Ordinal);
        return dash > 2 && long.TryParse(id.AsSpan(dash + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _) ? new CommandKey(-1) : null;
    }

    private static string? NodeStatus(PendingCommand command) => command.Rule.NodeId is { } node ? Protocol.Rooms.RoomTopics.DeviceStatus(node) : null;

    private static void Add(Dictionary<string, List<PendingCommand>> index, string topic, PendingCommand command)
    {
        if (!index.TryGetValue(topic, out var list)) index[topic] = list = new List<PendingCommand>(2);
        list.Add(command);
    }

    private static void Remove(Dictionary<string, List<PendingCommand>> index, string topic, PendingCommand command)
    {
        if (index.TryGetValue(topic, out var list) && list.Remove(command) && list.Count == 0) index.Remove(topic);
    }
}
