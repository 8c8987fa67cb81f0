using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Chorale.Audio.Interop;

/// <param name="Name">The server's own name: what <c>pulse:</c> takes.</param>
/// <param name="Index">The server's number for this plug-in of the source: another one after a replug.</param>
/// <param name="Description">For people.</param>
/// <param name="RateHz">Rate it runs at; others are converted by the server.</param>
/// <param name="Channels">Channels it runs at.</param>
/// <param name="SampleFormat">libpulse's number of the sample format it runs in.</param>
/// <param name="IsMonitor">True: hears what a sink plays, not a room.</param>
/// <param name="Bus"><c>usb</c>, <c>pci</c>, <c>bluetooth</c>, or null.</param>
/// <param name="Path">Where it is plugged in, as udev names it.</param>
/// <param name="Serial">Vendor, model and serial number as udev puts them together.</param>
internal sealed record PulseSourceEntry(
    string Name, uint Index, string Description, int RateHz, int Channels, int SampleFormat, bool IsMonitor, string? Bus, string? Path, string? Serial);

/// <summary>
/// One connection to the sound server, for asking and for recording. Made, used and disposed by one thread. Never starts a server that is
/// not running.
/// </summary>
internal sealed unsafe class PulseConnection : IDisposable
{
    private readonly SafePulseLoopHandle _loop;
    private readonly SafePulseContextHandle _context;
    private GCHandle _self;
    private List<PulseSourceEntry> _found = [];
    private string? _defaultSource;
    private uint _watchedIndex = Pulse.NoIndex;
    private bool _watchedIsGone;

    private PulseConnection(SafePulseLoopHandle loop, SafePulseContextHandle context)
    {
        (_loop, _context) = (loop, context);
        _self = GCHandle.Alloc(this);
    }

    /// <summary>Null when no server answers within <paramref name="patience"/>, or libpulse is not installed.</summary>
    public static PulseConnection? TryOpen(TimeSpan patience)
    {
        try
        {
            var loop = Pulse.LoopNew();
            var connection = new PulseConnection(loop, Pulse.ContextNew(Pulse.LoopApi(loop), "chorale"));
            if (Pulse.ContextConnect(connection._context, null, Pulse.ContextNoAutospawn, 0) >= 0
                && connection.Turn(() => Pulse.ContextState(connection._context) >= Pulse.ContextReady, patience) && connection.IsAlive)
            {
                return connection;
            }

            connection.Dispose();
        }
        catch (DllNotFoundException)
        {
            // Without libpulse there is no server that could be asked, and ALSA's plugin for it is not there either.
        }

        return null;
    }

    public bool IsAlive => Pulse.ContextState(_context) == Pulse.ContextReady;

    public void Dispose()
    {
        _context.Dispose();
        _loop.Dispose();
        if (_self.IsAllocated) _self.Free();
    }

    /// <summary>All sources; empty when the server did not answer in time.</summary>
    public IReadOnlyList<PulseSourceEntry> Sources(TimeSpan patience)
    {
        _found = [];
        return Await(Pulse.ListSources(_context, &SourceFound, GCHandle.ToIntPtr(_self)), patience) ? _found : [];
    }

    /// <summary>Name of the source that the server gives to whoever asks for none; null when there is none.</summary>
    public string? DefaultSource(TimeSpan patience)
    {
        _defaultSource = null;
        Await(Pulse.GetServer(_context, &ServerFound, GCHandle.ToIntPtr(_self)), patience);
        return string.IsNullOrEmpty(_defaultSource) ? null : _defaultSource;
    }

    /// <summary>From now on <see cref="IsWatchedGone"/> tells whether that source was removed.</summary>
    /// <returns>False: it has gone already, or the server did not answer in time.</returns>
    public bool Watch(uint index, TimeSpan patience)
    {
        (_watchedIndex, _watchedIsGone) = (index, false);
        Pulse.OnEvent(_context, &EventHappened, GCHandle.ToIntPtr(_self));
        return Await(Pulse.Subscribe(_context, Pulse.SubscribeSources, 0, 0), patience)
            && Sources(patience).Any(s => s.Index == index); // it may have gone between being found and being watched
    }

    /// <summary>The watched source was removed, as far as the turns of the loop have told.</summary>
    public bool IsWatchedGone => _watchedIsGone;

    /// <summary>Why the last request failed, in the server's words.</summary>
    public string LastError => Text(Pulse.ErrorText(Pulse.ContextError(_context))) ?? "unknown error";

    internal SafePulseContextHandle Context => _context;

    /// <summary>Turns the loop until <paramref name="isDone"/>; false when <paramref name="patience"/> passed first or the loop failed.</summary>
    internal bool Turn(Func<bool> isDone, TimeSpan patience)
    {
        var deadline = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (!isDone())
        {
            var left = deadline - Environment.TickCount64;
            if (left <= 0 || !TurnOnce((int)left)) return false;
        }

        return true;
    }

    /// <summary>Waits for the server's next word, at most so long, and does what it asks for; false when the loop failed.</summary>
    internal bool TurnOnce(int longestMs)
        => Pulse.LoopPrepare(_loop, longestMs * 1000) >= 0 && Pulse.LoopPoll(_loop) >= 0 && Pulse.LoopDispatch(_loop) >= 0;

    private bool Await(nint operation, TimeSpan patience)
    {
        if (operation == 0) return false;
        var done = Turn(() => Pulse.OperationState(operation) != Pulse.OperationRunning, patience);
        Pulse.OperationUnref(operation);
        return done && IsAlive;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void SourceFound(nint context, Pulse.SourceInfo* source, int endOfList, nint user)
    {
        if (endOfList != 0 || source is null) return;
        Of(user)._found.Add(new PulseSourceEntry(
            Text(source->Name) ?? "", source->Index, Text(source->Description) ?? "", (int)source->Spec.RateHz, source->Spec.Channels, source->Spec.Format,
            source->MonitorOfSink != Pulse.NoIndex, PropertyOf(source, "device.bus"), PropertyOf(source, "device.bus_path"), PropertyOf(source, "device.serial")));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ServerFound(nint context, Pulse.ServerInfo* server, nint user)
    {
        if (server is not null) Of(user)._defaultSource = Text(server->DefaultSource);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void EventHappened(nint context, uint type, uint index, nint user)
    {
        var connection = Of(user);
        if ((type & Pulse.EventFacilityMask) != Pulse.EventFacilitySource || (type & Pulse.EventTypeMask) != Pulse.EventRemove) return;
        if (index == connection._watchedIndex) connection._watchedIsGone = true;
    }

    private static PulseConnection Of(nint user) => (PulseConnection)GCHandle.FromIntPtr(user).Target!;

    private static string? PropertyOf(Pulse.SourceInfo* source, string key) => source->Properties == 0 ? null : Text(Pulse.Property(source->Properties, key));

    private static string? Text(byte* text) => Marshal.PtrToStringUTF8((nint)text);
}
