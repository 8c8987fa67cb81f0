using System.Text.Json.Serialization;
using Chorale.Protocol;

namespace Chorale.Show.Feedback;

/// <summary>How a device answers.</summary>
[JsonConverter(typeof(SnakeCaseEnum<Generation>))]
internal enum Generation
{
    /// <summary>Not at all: players, buttons, RESET.</summary>
    None,

    /// <summary>On the status of its room, or of itself.</summary>
    First,

    /// <summary>On <c>&lt;command topic&gt;/feedback</c>.</summary>
    Second,

    /// <summary>Nobody said: both are awaited, and what it answers with is remembered.</summary>
    Both,
}

/// <summary>Which answer a command waits for, and how long.</summary>
/// <param name="NodeId">The node behind the topic, where the room's file names it: its own status confirms as well.</param>
internal sealed record FeedbackRule(Generation Generation, TimeSpan Deadline, string? NodeId = null)
{
    public static readonly TimeSpan SecondDeadline = TimeSpan.FromMilliseconds(700), FirstDeadline = TimeSpan.FromSeconds(1);

    public static readonly FeedbackRule NoAnswer = new(Generation.None, TimeSpan.Zero);

    public static readonly FeedbackRule Unsaid = new(Generation.Both, FirstDeadline);
}

/// <summary>One command of a room between registering and its verdict.</summary>
internal readonly record struct CommandKey(long Id)
{
    public static readonly CommandKey None;

    public bool IsNone => Id == 0;
}
