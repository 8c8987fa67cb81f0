using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub.Book;

/// <summary>
/// The hub's log, of which warnings, errors and the few lines that are the story of a day are in the book as well. What the fleet and the
/// rooms tell by themselves (<see cref="FleetStory"/>, <see cref="RoomStory"/>) is not taken from their log lines again.
/// </summary>
internal sealed class BookLogs(ILoggerFactory inner, EventBook book) : ILoggerFactory
{
    internal static readonly HashSet<string> ToldElsewhere = ["module_gone", "module_alarm", "broker_lost", "fleet_link_lost", "book_failed", "book_turn_failed"];

    internal static readonly HashSet<string> WorthALine =
        ["hub_started", "hub_stopped", "keep_rule_set", "archive_cleanup", "incoming_cleared", "recorder_socket_opened", "recorder_socket_closed", "device_presence", "device_alarm_ended", "device_store_back"];

    /// <summary>Names of the values that say of whom a line speaks.</summary>
    private static readonly string[] Subjects = ["ModuleId", "RecorderId", "DeviceId", "Device", "Room"];

    public ILogger CreateLogger(string categoryName) => new BookLog(inner.CreateLogger(categoryName), AreaOf(categoryName), categoryName == "mqtt_feedback" ? null : book);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    /// <summary>The factory belongs to whoever made it.</summary>
    public void Dispose()
    {
    }

    private static string AreaOf(string category) =>
        category.StartsWith("Chorale.Archive", StringComparison.Ordinal) ? BookArea.Archive
        : category.StartsWith("Chorale.Fleet", StringComparison.Ordinal) ? BookArea.Fleet
        : category == "mqtt" ? BookArea.Broker
        : char.IsLower(category[0]) ? BookArea.Rooms // the names by which the original controller logs
        : BookArea.Hub;

    private sealed class BookLog(ILogger inner, string area, EventBook? book) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel) || (book is not null && logLevel >= LogLevel.Warning);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (inner.IsEnabled(logLevel)) inner.Log(logLevel, eventId, state, exception, formatter);
            // A line without a name is one of a room's own, which the room tells by itself.
            if (book is null || eventId.Name is not { } name || ToldElsewhere.Contains(name)) return;
            if (logLevel < LogLevel.Warning && !WorthALine.Contains(name)) return;
            var level = logLevel >= LogLevel.Error ? BookLevel.Error : logLevel == LogLevel.Warning ? BookLevel.Warn : BookLevel.Info;
            var values = state as IReadOnlyList<KeyValuePair<string, object?>> ?? [];
            var subject = Subjects.Select(s => Value(values, s)).FirstOrDefault(s => s is not (null or "" or "?"));
            var where = name.StartsWith("broker_", StringComparison.Ordinal) || name.StartsWith("message", StringComparison.Ordinal) ? BookArea.Broker : area;
            var text = formatter(state, exception);
            var reason = Value(values, "Reason") ?? exception?.Message;
            book.Tell(new BookEvent(level, where, subject, name, text) { Reason = reason, Args = Args(values) });
            if (name == "chunk_refused") book.Raise(name, BookArea.Archive, subject, null, reason);
            else if (level == BookLevel.Error && where is BookArea.Hub or BookArea.Archive) book.Raise("hub_error", where, null, name, reason is null ? text : $"{text}: {reason}");
        }

        private static Dictionary<string, string> Args(IReadOnlyList<KeyValuePair<string, object?>> values)
        {
            var args = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (key, value) in values)
            {
                if (key == "{OriginalFormat}" || value is null) continue;
                args[key] = value is double d ? d.ToString("0.##", CultureInfo.InvariantCulture) : value is IFormattable f ? f.ToString(null, CultureInfo.InvariantCulture) : value.ToString() ?? "";
            }

            return args;
        }

        private static string? Value(IReadOnlyList<KeyValuePair<string, object?>> values, string name)
        {
            foreach (var (key, value) in values)
            {
                if (key == name) return value?.ToString();
            }

            return null;
        }
    }
}
