using Chorale.Audio.Interop;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Capture.Sources;

/// <summary>
/// A source of PulseAudio, or of PipeWire in its name. When a source goes away the server would move its listeners to another one
/// without a word: a shop's counter would be heard as the shop's cellar. So the stream is told not to move, and the connection listens for
/// the removal as well, for servers that do not keep to it.
/// </summary>
internal sealed class PulseSource : ICaptureSource
{
    private const int WaitMs = 200;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly PulseConnection _server;
    private readonly PulseRecording _recording;

    private PulseSource(PulseConnection server, PulseRecording recording, PcmFormat format, int periodFrames, string description)
        => (_server, _recording, Format, PeriodFrames, Description) = (server, recording, format, periodFrames, description);

    public PcmFormat Format { get; }

    public int PeriodFrames { get; }

    public string Description { get; }

    public bool IsPaced => true;

    /// <param name="sourceName">Name, or part of a name or description, of a source on the server; empty for the server's default, which may change under way.</param>
    /// <param name="format">The server converts to it.</param>
    /// <param name="periodFrames">How often frames come.</param>
    public static PulseSource Open(string sourceName, PcmFormat format, int periodFrames)
    {
        var server = PulseConnection.TryOpen(Patience) ?? throw new CaptureException($"pulse:{sourceName}: no PulseAudio or PipeWire server answers", isTransient: true);
        try
        {
            var source = sourceName.Length == 0 ? null : Find(server, sourceName);
            if (source is not null && !server.Watch(source.Index, Patience)) throw new CaptureException($"pulse:{source.Name} was removed", isTransient: true);
            var recording = PulseRecording.TryOpen(server, source?.Name, format, periodFrames, Patience)
                ?? throw new CaptureException($"pulse:{source?.Name} cannot be opened with {format}: {server.LastError}", isTransient: true);
            return new PulseSource(
                server, recording, format, periodFrames, source is null ? "pulse: (the server's default)" : $"pulse:{source.Name} ({source.Description})");
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    public static bool? IsPresent(string sourceName)
    {
        using var server = PulseConnection.TryOpen(TimeSpan.FromSeconds(1));
        if (server is null) return false;
        return sourceName.Length == 0 ? server.DefaultSource(Patience) is not null : Choose(server.Sources(Patience), sourceName) is not null;
    }

    public CaptureRead Read(Span<byte> destination)
    {
        var whole = Math.Min(destination.Length / Format.BytesPerFrame, PeriodFrames) * Format.BytesPerFrame;
        var frames = _recording.Read(destination[..whole], WaitMs, out var lostBytes) / Format.BytesPerFrame;
        if (lostBytes > 0) return new CaptureRead(CaptureReadKind.Xrun, frames, lostBytes / Format.BytesPerFrame, $"{Description}: the server's buffer ran over");
        // What came before the end is still good.
        return frames > 0 || _recording.IsAlive ? new CaptureRead(CaptureReadKind.Frames, frames)
            : new CaptureRead(CaptureReadKind.Lost, 0, 0, $"{Description} was removed, or its server ended");
    }

    public void Dispose()
    {
        _recording.Dispose();
        _server.Dispose();
    }

    private static PulseSourceEntry Find(PulseConnection server, string name)
    {
        var sources = server.Sources(Patience);
        return Choose(sources, name) ?? throw new CaptureException(
            $"pulse:{name} is not there; the server has {(sources.Count == 0 ? "no sources" : string.Join(", ", sources.Select(s => s.Name)))}", isTransient: true);
    }

    /// <summary>The source of exactly that name, else the only one that has it as part of its name or description; monitors only by exact name.</summary>
    private static PulseSourceEntry? Choose(IReadOnlyList<PulseSourceEntry> sources, string name)
    {
        if (sources.FirstOrDefault(s => s.Name == name) is { } exact) return exact;
        var partly = sources.Where(s => !s.IsMonitor
            && (s.Name.Contains(name, StringComparison.OrdinalIgnoreCase) || s.Description.Contains(name, StringComparison.OrdinalIgnoreCase))).ToArray();
        if (partly.Length <= 1) return partly.FirstOrDefault();
        throw new CaptureException($"pulse:{name} may mean {string.Join(" or ", partly.Select(s => s.Name))}: give the whole name", isTransient: false);
    }
}
