using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Logs;

/// <summary>
/// Between everybody who logs and the one thread that writes. <see cref="Add"/> never waits: a full queue (a terminal that was stopped, a
/// disk that stalls) drops the line and counts it; the count is written as a line as soon as there is room.
/// </summary>
internal sealed class LineQueue : IDisposable
{
    /// <summary>About 1 MB of lines of 250 bytes, more than a minute of the busiest debug log.</summary>
    public const int LinesMax = 4096;

    /// <summary>What a stuck terminal may cost at the end.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(2);

    private readonly Channel<byte[]> _lines = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(LinesMax)
    {
        FullMode = BoundedChannelFullMode.Wait, SingleReader = true, SingleWriter = false,
    });

    private readonly Stream _target;
    private readonly Stream? _fallback;
    private readonly ILineFormat _format;
    private readonly TimeProvider _time;
    private readonly Thread _writer;
    private long _dropped;
    private bool _targetFailed;

    /// <param name="fallback">Takes the lines that the target refuses; not owned.</param>
    public LineQueue(Stream target, Stream? fallback, ILineFormat format, TimeProvider time)
    {
        (_target, _fallback, _format, _time) = (target, fallback, format, time);
        // A thread of its own, in the background: a write that blocks for ever holds up neither the pool nor the end of the process.
        _writer = new Thread(WriteAll) { IsBackground = true, Name = "log" };
        _writer.Start();
    }

    public void Add(byte[] line)
    {
        if (!_lines.Writer.TryWrite(line)) Interlocked.Increment(ref _dropped);
    }

    private void WriteAll()
    {
        var reader = _lines.Reader;
        while (true)
        {
            while (reader.TryRead(out var line))
            {
                Write(line);
                if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped) Write(Own(LogLevel.Warning, "log_lines_dropped", $"{dropped} log lines were dropped", dropped));
            }

            // Blocks this thread only. False: completed and drained.
            if (!reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult()) return;
        }
    }

    private void Write(byte[] line)
    {
        try
        {
            _target.Write(line);
            _targetFailed = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // Logging is the last thing that may stop a recorder. Said once for each time it breaks; the line itself goes to the fallback.
            if (!_targetFailed) WriteToFallback(Own(LogLevel.Error, "log_write_failed", "the log cannot be written: " + e.Message, null));
            _targetFailed = true;
            WriteToFallback(line);
        }
    }

    private void WriteToFallback(byte[] line)
    {
        try
        {
            _fallback?.Write(line);
        }
        catch (IOException)
        {
            // A closed standard error: there is nobody left to tell.
        }
    }

    private byte[] Own(LogLevel level, string name, string text, long? lines) => _format.Format(new LogEntry(
        _time.GetUtcNow(), level, typeof(LineQueue).FullName!, name, text, lines is null ? [] : [new("lines", lines)], null));

    public void Dispose()
    {
        _lines.Writer.TryComplete();
        if (_writer.Join(DrainTime)) _target.Dispose();
    }
}
