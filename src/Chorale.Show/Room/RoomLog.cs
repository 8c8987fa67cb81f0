using Chorale.Protocol;
using Chorale.Show.Feedback;
using Microsoft.Extensions.Logging;

namespace Chorale.Show.Room;

/// <summary>Notes as log lines, under the names that the original controller logs by, and as lines of the page.</summary>
internal sealed class RoomLog(string room, StageOptions options, ILoggerFactory logs, TimeProvider time) : IJournalReader
{
    private readonly Dictionary<string, ILogger> _loggers = new(StringComparer.Ordinal);
    private readonly FeedbackLog _feedback = new(logs);

    public void Read(IReadOnlyList<RoomNote> notes)
    {
        foreach (var note in notes)
        {
            var line = RoomLogLines.Of(room, note);
            if (!Logged(note) && line is not null) Logger(line.Logger).Log(line.Level, default, line.Text, null, static (text, _) => text);
            if (line is not null) options.Told?.Invoke(new RoomLogged(line, WallTime.ToMicroseconds(time.GetUtcNow())));
        }
    }

    /// <summary>Commands and answers have lines of their own.</summary>
    private bool Logged(RoomNote note)
    {
        switch (note)
        {
            case CommandSent n:
                _feedback.Publishing(n.Command.Topic, n.Command.Payload);
                _feedback.Sent(n.Command.Topic, n.Rule);
                return true;
            case CommandJudged { Command: var c } n:
                _feedback.Ended(new CommandEnd(CommandKey.None, c.Topic, c.Payload, n.Verdict, n.Reason, c.FirstSent, n.Took, null, FeedbackRule.Unsaid, null));
                return true;
            case OddFeedback n:
                _feedback.Odd(n.Odd);
                return true;
            default:
                return false;
        }
    }

    private ILogger Logger(string name)
    {
        if (!_loggers.TryGetValue(name, out var logger)) _loggers.Add(name, logger = logs.CreateLogger(name));
        return logger;
    }
}
