using System.Text;
using Chorale.Show;
using Chorale.Show.Feedback;

namespace Chorale.Tests.Feedback;

/// <summary>Pending commands under a clock of the test's own.</summary>
internal sealed class FeedbackRig : IFeedbackEnds
{
    public static readonly FeedbackRule First = new(Generation.First, FeedbackRule.FirstDeadline), Second = new(Generation.Second, FeedbackRule.SecondDeadline), Both = FeedbackRule.Unsaid;

    public FeedbackRig() => Pending = new PendingFeedback(this, "test");

    public PendingFeedback Pending { get; }

    public List<CommandEnd> Ends { get; } = [];

    public List<FeedbackOddity> Odds { get; } = [];

    public TimeSpan Now { get; private set; }

    public Action<CommandEnd>? WhenEnded { get; set; }

    public CommandKey Send(string topic, string payload, FeedbackRule rule) => Pending.Register(topic, payload, rule, Now);

    public FeedbackMatch Hear(string topic, string payload, byte[]? id = null, bool retained = false) => Hear(topic, Encoding.UTF8.GetBytes(payload), id, retained);

    public FeedbackMatch Hear(string topic, byte[] payload, byte[]? id = null, bool retained = false) => Pending.Heard(topic, payload, id, retained, Now);

    /// <summary>Time goes by; what is due at its end has expired.</summary>
    public void After(double ms) => After(TimeSpan.FromMilliseconds(ms));

    /// <inheritdoc cref="After(double)"/>
    public void After(TimeSpan time)
    {
        Now += time;
        Pending.Expire(Now);
    }

    /// <summary>Time goes by without anybody looking.</summary>
    public void Later(double ms) => Later(TimeSpan.FromMilliseconds(ms));

    /// <inheritdoc cref="Later(double)"/>
    public void Later(TimeSpan time) => Now += time;

    /// <summary>Its only verdict; null while it waits.</summary>
    public Verdict? VerdictOf(CommandKey key) => Ends.SingleOrDefault(e => e.Key == key) is { Topic: not null } end ? end.Verdict : null;

    public OddityKind LastOdd => Odds[^1].Kind;

    void IFeedbackEnds.Ended(in CommandEnd end)
    {
        Ends.Add(end);
        WhenEnded?.Invoke(end);
    }

    void IFeedbackEnds.Odd(in FeedbackOddity odd) => Odds.Add(odd);
}
