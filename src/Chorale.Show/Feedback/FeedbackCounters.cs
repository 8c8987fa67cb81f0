namespace Chorale.Show.Feedback;

/// <summary>Since the room's start. Written by its thread; whoever else reads sees a recent number.</summary>
internal sealed class FeedbackCounters
{
    private readonly long[] _verdicts = new long[Enum.GetValues<Verdict>().Length];
    private readonly long[] _oddities = new long[Enum.GetValues<OddityKind>().Length];

    public long Registered { get; set; }

    public long this[Verdict verdict] => Volatile.Read(ref _verdicts[(int)verdict]);

    public long this[OddityKind kind] => Volatile.Read(ref _oddities[(int)kind]);

    public void Count(Verdict verdict) => _verdicts[(int)verdict]++;

    public void Count(OddityKind kind) => _oddities[(int)kind]++;
}
