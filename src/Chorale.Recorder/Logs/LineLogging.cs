using Chorale.Recorder.Settings;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Logs;

/// <summary>
/// Logging as lines: JSON for journald and files, text for a terminal. A factory for the recorder; as a provider it also gives a web host
/// the same lines. Logging never waits. Dispose last: it writes what is queued, for at most two seconds.
/// </summary>
public sealed class LineLogging : ILoggerFactory, ILoggerProvider
{
    private readonly LineQueue _queue;
    private readonly ILineFormat _format;
    private readonly TimeProvider _time;
    private readonly LogLevel _level;

    private LineLogging(LineQueue queue, ILineFormat format, TimeProvider time, LogLevel level, SecretMask mask)
    {
        (_queue, _format, _time, _level, Mask) = (queue, format, time, level, mask);
    }

    /// <summary>Secrets added here appear in no line from then on.</summary>
    public SecretMask Mask { get; }

    /// <summary>Logging as the settings say, to standard error or a file.</summary>
    public static LineLogging Open(LogSettings settings, TimeProvider time)
        => Open(settings, time, Console.OpenStandardError(), isTerminal: !Console.IsErrorRedirected);

    internal static LineLogging Open(LogSettings settings, TimeProvider time, Stream standardError, bool isTerminal)
    {
        var mask = new SecretMask();
        var isText = settings.Format == LogFormat.Text || settings.Format == LogFormat.Auto && isTerminal && settings.File is null;
        ILineFormat format = isText ? new TextLineFormat(mask, time.LocalTimeZone, isTerminal && settings.File is null) : new JsonLineFormat(mask);
        Stream target = settings.File is null ? standardError : new RotatingFile(settings.File, settings.MaxFileBytes, settings.FilesKept);
        var queue = new LineQueue(target, settings.File is null ? null : standardError, format, time);
        return new LineLogging(queue, format, time, settings.Level, mask);
    }

    /// <summary>Masks every secret of <paramref name="settings"/>.</summary>
    public void Hide(RecorderSettings settings)
    {
        Mask.Add(settings.Upload.Token);
        Mask.Add(settings.Mqtt?.Password);
        if (Uri.TryCreate(settings.Capture.Device, UriKind.Absolute, out var source) && source.UserInfo.Length > 0) Mask.Add(source.UserInfo);
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("lines go to one place");

    public void Dispose() => _queue.Dispose();

    private sealed class Logger(LineLogging owner, string category) : ILogger
    {
        // A web host tells every request at Information; that is not the story of a day.
        private readonly LogLevel _level = category.StartsWith("Microsoft.", StringComparison.Ordinal) || category.StartsWith("System.", StringComparison.Ordinal)
            ? (LogLevel)Math.Max((int)owner._level, (int)LogLevel.Warning) : owner._level;

        // Values belong into the message; nothing here reads scopes.
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= _level && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            var extras = state as IReadOnlyList<KeyValuePair<string, object?>> ?? [];
            owner._queue.Add(owner._format.Format(new LogEntry(
                owner._time.GetUtcNow(), logLevel, category, string.IsNullOrEmpty(eventId.Name) ? null : eventId.Name, formatter(state, exception), extras, exception)));
        }
    }
}
