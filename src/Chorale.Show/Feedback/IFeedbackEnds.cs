using System.Text.Json.Serialization;
using Chorale.Protocol;
using Chorale.Protocol.Rooms;

namespace Chorale.Show.Feedback;

/// <summary>Told by <see cref="PendingFeedback"/>, on its owner's thread, from within the call that caused it.</summary>
internal interface IFeedbackEnds
{
    /// <summary>Exactly once for every registered command.</summary>
    void Ended(in CommandEnd end);

    /// <summary>An answer that ended nothing; to be counted and logged.</summary>
    void Odd(in FeedbackOddity odd);
}

/// <param name="Key">As registered.</param>
/// <param name="Topic">Of the command.</param>
/// <param name="Payload">Of the command.</param>
/// <param name="Verdict">How it ended.</param>
/// <param name="Reason">In words; null where the verdict says all.</param>
/// <param name="SentAt">When it was registered, on the room's clock.</param>
/// <param name="Took">From then to the answer, or to the end of waiting.</param>
/// <param name="Word">The answer; <see cref="FeedbackWord.Active"/> and <see cref="FeedbackWord.Inactive"/> tell the output's state too.</param>
/// <param name="Rule">What was waited for.</param>
/// <param name="Tag">Given when it was registered.</param>
internal readonly record struct CommandEnd(
    CommandKey Key, string Topic, string Payload, Verdict Verdict, string? Reason, TimeSpan SentAt, TimeSpan Took, FeedbackWord? Word, FeedbackRule Rule, object? Tag);

/// <summary>What is odd about an answer.</summary>
[JsonConverter(typeof(SnakeCaseEnum<OddityKind>))]
internal enum OddityKind
{
    /// <summary>No command of ours waited for it.</summary>
    Unmatched,

    /// <summary>Its command, or one it may belong to, had its verdict already.</summary>
    Late,

    /// <summary>The same answer to the same command again; the first counted.</summary>
    Repeated,

    /// <summary>Another answer to the same command than the first, which counted: what the output does is not known.</summary>
    Contradicted,

    /// <summary>Its word is none of the words, on a topic where only those are said.</summary>
    Malformed,

    /// <summary>Kept by the broker: said at some earlier time.</summary>
    Retained,

    /// <summary>It carries an id of ours that no command has: an earlier life's.</summary>
    Foreign,
}

/// <param name="Topic">Where it came.</param>
/// <param name="Text">Its payload, bounded and printable.</param>
/// <param name="CommandTopic">The command it seems to belong to.</param>
/// <param name="Tag">Of that command.</param>
internal readonly record struct FeedbackOddity(OddityKind Kind, string Topic, string Text, string? CommandTopic, CommandKey Key, object? Tag);

/// <summary>What an answer was good for.</summary>
internal enum FeedbackMatch
{
    /// <summary>Not a topic on which answers come.</summary>
    NotFeedback,

    /// <summary>It ended a command.</summary>
    Ended,

    /// <summary>It was taken into account and ended nothing: one of several of a STOP, or it may belong to any of several commands.</summary>
    Noted,

    /// <summary>An oddity was told of.</summary>
    Odd,
}
