using Chorale.Audio.Interop;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Capture.Sources;

/// <summary>
/// A source of PulseAudio (or PipeWire in its name), read through ALSA's plugin. When a source goes away the server silently moves its
/// listeners to another one: a shop's counter would be heard as the shop's cellar. So a second connection, on a thread of its own, waits
/// for the removal, and the source counts as lost from that moment.
/// </summary>
internal sealed class PulseSource : ICaptureSource
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly AlsaSource _alsa;
    private readonly string _sourceName;
    private readonly uint _index;
    private readonly Lock _gate = new();
    private PulseConnection? _watch;
    private bool _isGone;
    private bool _isStopping;

    private PulseSource(AlsaSource alsa, string sourceName, uint index)
    {
        (_alsa, _sourceName, _index) = (alsa, sourceName, index);
        new Thread(Watch) { Name = "pulse watch", IsBackground = true }.Start();
    }

    public PcmFormat Format => _alsa.Format;

    public int PeriodFrames => _alsa.PeriodFrames;

    public string Description => _alsa.Description;

    public bool IsPaced => true;

    /// <param name="sourceName">Name, or part of a name or description, of a source on the server; empty for the server's default, which may change under way.</param>
    /// <param name="request">What to negotiate.</param>
    public static ICaptureSource Open(string sourceName, CaptureRequest request)
    {
        if (sourceName.Length == 0) return AlsaSource.OpenPulse("", "pulse: (the server's default)", request);
        using var server = PulseConnection.TryOpen(Patience) ?? throw new CaptureException($"pulse:{sourceName}: no PulseAudio or PipeWire server answers", isTransient: true);
        var sources = server.Sources(Patience);
        var source = Choose(sources, sourceName) ?? throw new CaptureException(
            $"pulse:{sourceName} is not there; the server has {(sources.Count == 0 ? "no sources" : string.Join(", ", sources.Select(s => s.Name)))}", isTransient: true);
        return new PulseSource(AlsaSource.OpenPulse(source.Name, $"pulse:{source.Name} ({source.Description})", request), source.Name, source.Index);
    }

    public static bool? IsPresent(string sourceName)
    {
        using var server = PulseConnection.TryOpen(TimeSpan.FromSeconds(1));
        if (server is null) return false;
        return sourceName.Length == 0 ? server.DefaultSource(Patience) is not null : Choose(server.Sources(Patience), sourceName) is not null;
    }

    public CaptureRead Read(Span<byte> destination)
    {
        if (Volatile.Read(ref _isGone)) return new CaptureRead(CaptureReadKind.Lost, 0, 0, $"pulse:{_sourceName} was removed, or its server ended");
        return _alsa.Read(destination);
    }

    public void Dispose()
    {
        Volatile.Write(ref _isStopping, true);
        lock (_gate) _watch?.WakeUp();
        _alsa.Dispose();
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

    private void Watch()
    {
        try
        {
            using var server = PulseConnection.TryOpen(Patience);
            if (server is null)
            {
                Volatile.Write(ref _isGone, true);
                return;
            }

            lock (_gate) _watch = server;
            if (server.WaitUntilGone(_index, () => Volatile.Read(ref _isStopping))) Volatile.Write(ref _isGone, true);
            lock (_gate) _watch = null;
        }
        catch (Exception) // supervisor: without its watch the source must not be trusted
        {
            Volatile.Write(ref _isGone, true);
        }
    }
}
