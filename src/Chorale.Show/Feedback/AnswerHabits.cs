namespace Chorale.Show.Feedback;

/// <summary>What was seen of the way in which devices answer: their generation, and topics that repeat themselves. Pure, single-threaded.</summary>
internal sealed class AnswerHabits
{
    /// <summary>As many topics as a room of a hundred nodes has, ten times over; then everything is learned anew.</summary>
    private const int TopicsMax = 4096;

    /// <summary>A topic that answered twice is believed less for so long.</summary>
    private static readonly TimeSpan DistrustFor = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Generation> _learned = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> _distrustedUntil = new(StringComparer.Ordinal);

    /// <summary>A command whose rule leaves it open awaits what the device was seen to do, and as long as that takes.</summary>
    public void Apply(PendingCommand command)
    {
        if (command.Rule.Generation != Generation.Both || !_learned.TryGetValue(KeyOf(command), out var seen)) return;
        command.Awaits = seen;
        var usual = seen == Generation.Second ? FeedbackRule.SecondDeadline : FeedbackRule.FirstDeadline;
        if (command.Rule.Deadline == FeedbackRule.Unsaid.Deadline) command.Deadline = command.SentAt + usual;
    }

    public void Learn(PendingCommand command, Generation seen)
    {
        if (command.Rule.Generation != Generation.Both) return;
        if (_learned.Count >= TopicsMax) _learned.Clear();
        _learned[KeyOf(command)] = seen;
    }

    /// <summary>No answer: its firmware may have been changed.</summary>
    public void Unlearn(PendingCommand command) => _learned.Remove(KeyOf(command));

    public void Distrust(string feedbackTopic, TimeSpan now)
    {
        if (_distrustedUntil.Count >= TopicsMax) _distrustedUntil.Clear();
        _distrustedUntil[feedbackTopic] = now + DistrustFor;
    }

    public bool IsDistrusted(string feedbackTopic, TimeSpan now) => _distrustedUntil.TryGetValue(feedbackTopic, out var until) && now < until;

    private static string KeyOf(PendingCommand command) => command.Rule.NodeId ?? command.Topic;
}
