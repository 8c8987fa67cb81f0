using Chorale.Protocol.Rooms;

namespace Chorale.Show.Feedback;

/// <summary>Where answers come.</summary>
internal enum AnswerWay
{
    /// <summary><c>&lt;command topic&gt;/feedback</c>.</summary>
    Topic,

    /// <summary><c>{room}/status</c>.</summary>
    Room,

    /// <summary><c>devices/&lt;id&gt;/status</c>.</summary>
    Node,
}

/// <summary>One command while it waits, and for as long afterwards as an answer to it may still come. Belongs to <see cref="PendingFeedback"/>.</summary>
internal sealed class PendingCommand(CommandKey key, string topic, string payload, FeedbackRule rule, TimeSpan sentAt, object? tag)
{
    private FeedbackWord? _onTopic, _onRoom, _onNode;

    public CommandKey Key => key;

    public string Topic => topic;

    public string Payload => payload;

    public FeedbackRule Rule => rule;

    public TimeSpan SentAt => sentAt;

    public object? Tag => tag;

    /// <summary>An answer at this instant or later is late.</summary>
    public TimeSpan Deadline { get; set; } = sentAt + rule.Deadline;

    /// <summary>The answers it waits for: those of its rule, less what the device was seen not to use.</summary>
    public Generation Awaits { get; set; } = rule.Generation;

    /// <summary>Topic of the first generation's answer.</summary>
    public string StatusTopic { get; } = RoomTopics.FirstGenerationAnswer(topic);

    /// <summary>Null while it waits.</summary>
    public Verdict? Verdict { get; set; }

    /// <summary>When it ended; it is forgotten some time after.</summary>
    public TimeSpan EndedAt { get; set; }

    /// <summary>The answer that certainly is its own.</summary>
    public FeedbackWord? Answer { get; set; }

    /// <summary>An answer came that may have been its own: without one that certainly is, it ends as ambiguous.</summary>
    public string? SharedAnswer { get; set; }

    /// <summary>A later command on the same topic was registered.</summary>
    public bool HasSuccessor { get; set; }

    /// <summary>Only for STOP.</summary>
    public StopCount? Stop { get; init; }

    public bool IsPending => Verdict is null;

    /// <summary>What it is taken to have been answered with on this way; null: an answer may still come.</summary>
    public FeedbackWord? AnswerBy(AnswerWay way) => Answer ?? (way switch { AnswerWay.Topic => _onTopic, AnswerWay.Room => _onRoom, _ => _onNode });

    /// <summary>
    /// Counts an answer as its own, because it is the oldest that waits there. As nodes answer once at most, the commands not counted so
    /// are as many as answers may still come; each way is counted by itself.
    /// </summary>
    public void CountAnswer(AnswerWay way, FeedbackWord word)
    {
        if (way == AnswerWay.Topic) _onTopic = word;
        else if (way == AnswerWay.Room) _onRoom = word;
        else _onNode = word;
    }
}

/// <summary>Confirmations of a STOP, which several nodes give on one topic without saying who they are.</summary>
internal sealed class StopCount(int expected)
{
    public int Expected { get; private set; } = expected;

    public int Sendings { get; set; } = 1;

    /// <summary>Confirmations that sayings of an earlier wish, to the same topic, can bring yet: none of them proves that this one was heard.</summary>
    public int Earlier { get; set; }

    public int Confirmations { get; set; }

    public string? Refusal { get; set; }

    /// <summary>
    /// Every node confirms a sending once at most, so all but one of them can give (expected - 1) x sendings confirmations; one more
    /// proves that none is missing. Holds for confirmations that come late, too.
    /// </summary>
    public bool IsComplete => Confirmations > ((Expected - 1) * Sendings) + Earlier;

    /// <summary>What may come of it yet.</summary>
    public int Outstanding => Math.Max(0, (Expected * Sendings) + Earlier - Confirmations);

    /// <summary>Nodes that have certainly confirmed.</summary>
    public int NodesMin => Math.Clamp((Confirmations - Earlier + Sendings - 1) / Sendings, 0, Expected);

    /// <summary>It is wanted anew: whoever shall confirm has to confirm a saying that came after this.</summary>
    public void Anew(int nodes)
    {
        Earlier += Expected * Sendings;
        (Expected, Sendings) = (nodes, 1);
    }
}
