using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Chorale.TestKit;

/// <summary>Keeps what was logged, for tests that assert on events.</summary>
public sealed class TestLog : ILogger, ILoggerFactory
{
    private readonly ConcurrentQueue<Line> _lines = new();

    public IReadOnlyCollection<Line> Lines => _lines;

    public bool Has(string eventName) => _lines.Any(l => l.Event == eventName);

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        => _lines.Enqueue(new Line(logLevel, eventId.Name ?? "", formatter(state, exception), exception));

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    public sealed record Line(LogLevel Level, string Event, string Text, Exception? Exception);
}
