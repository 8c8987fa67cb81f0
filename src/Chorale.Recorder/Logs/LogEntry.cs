using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Logs;

/// <summary>One thing that happened, before it becomes a line.</summary>
/// <param name="Event">Name of the event, or null for a line that has none.</param>
/// <param name="Text">The message as a sentence.</param>
/// <param name="Extras">Names and values of the message's holes.</param>
internal readonly record struct LogEntry(
    DateTimeOffset At, LogLevel Level, string Category, string? Event, string Text, IReadOnlyList<KeyValuePair<string, object?>> Extras, Exception? Exception);

/// <summary>Makes one line, or one block of lines, of UTF-8 that ends with a line feed.</summary>
internal interface ILineFormat
{
    byte[] Format(in LogEntry entry);
}
