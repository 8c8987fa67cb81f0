using System.Globalization;
using Chorale.Protocol.Rooms;
using Microsoft.Extensions.Logging;

namespace Chorale.Show.Feedback;

/// <summary>
/// Commands and answers as log lines, under the names and in the words that existing tools look for. Every text of foreign origin is
/// bounded and printable; what can repeat faster than it can be read is told at the 1st, 2nd, 4th, 8th ... time. Any thread.
/// </summary>
internal sealed class FeedbackLog(ILoggerFactory logs)
{
    private readonly ILogger _mqtt = logs.CreateLogger("mqtt"), _handler = logs.CreateLogger("mqtt_handler"), _feedback = logs.CreateLogger("mqtt_feedback");
    private readonly long[] _odd = new long[Enum.GetValues<OddityKind>().Length];
    private long _unknown;

    /// <summary>Messages that nobody knows what to do with.</summary>
    public long UnknownMessages => Interlocked.Read(ref _unknown);

    public void Publishing(string topic, string payload)
    {
        if (_mqtt.IsEnabled(LogLevel.Information)) Log.Publishing(_mqtt, PrintableText.Of(topic), PrintableText.Of(payload));
    }

    public void Sent(string topic, FeedbackRule rule)
    {
        if (rule.Generation == Generation.None || !_feedback.IsEnabled(LogLevel.Debug)) return;
        var (first, second) = (RoomTopics.FirstGenerationAnswer(topic), RoomTopics.Feedback(topic));
        Log.Sent(_feedback, PrintableText.Of(topic), rule.Generation switch { Generation.First => first, Generation.Second => second, _ => $"{second} or {first}" });
    }

    public void Ended(in CommandEnd end)
    {
        var (topic, took, reason) = (PrintableText.Of(end.Topic), Seconds(end.Took), end.Reason ?? "no reason given");
        switch (end.Verdict)
        {
            case Verdict.Confirmed:
                Log.Ok(_feedback, topic, took);
                break;
            case Verdict.TimedOut:
                Log.TimedOut(_feedback, topic, took);
                break;
            case Verdict.Refused:
                Log.Refused(_feedback, topic, took, reason);
                break;
            case Verdict.Simulated:
                Log.Simulated(_mqtt, topic, PrintableText.Of(end.Payload), reason);
                break;
            case Verdict.Superseded or Verdict.Cancelled:
                Log.Pointless(_feedback, Name(end.Verdict), topic, took, reason);
                break;
            default:
                Log.Ended(_feedback, Name(end.Verdict), topic, took, reason);
                break;
        }
    }

    public void Odd(in FeedbackOddity odd)
    {
        var count = Interlocked.Increment(ref _odd[(int)odd.Kind]);
        if (!IsWorthALine(count)) return;
        if (odd.Kind == OddityKind.Malformed) Log.Malformed(_handler, PrintableText.Of(odd.Topic), odd.Text, count);
        else Log.Odd(_feedback, PrintableText.Of(odd.Topic), odd.Text, odd.Kind.ToString().ToLowerInvariant(), odd.CommandTopic is { } topic ? $", after {PrintableText.Of(topic)}" : "", count);
    }

    /// <summary>A message on a topic that means nothing to anybody.</summary>
    public void Unknown(string topic, ReadOnlySpan<byte> payload)
    {
        var count = Interlocked.Increment(ref _unknown);
        if (IsWorthALine(count)) Log.Unknown(_handler, PrintableText.Of(topic), PrintableText.Of(payload), count);
    }

    private static string Seconds(TimeSpan took) => took.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Name(Verdict verdict) => verdict switch { Verdict.LostLink => "LOST LINK", _ => verdict.ToString().ToUpperInvariant() };

    private static bool IsWorthALine(long count) => (count & (count - 1)) == 0;
}
