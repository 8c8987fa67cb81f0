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
/// One connection to the sound server, for asking. Made, used and disposed by one thread. Never starts a server that is not running.
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

    /// <summary>Blocks until that source is removed, the server is gone, or <see cref="WakeUp"/> was called.</summary>
    /// <returns>True: it is gone.</returns>
    public bool WaitUntilGone(uint index, Func<bool> isStopping)
    {
        (_watchedIndex, _watchedIsGone) = (index, false);
        Pulse.OnEvent(_context, &EventHappened, GCHandle.ToIntPtr(_self));
        var patience = TimeSpan.FromSeconds(5);
        if (!Await(Pulse.Subscribe(_context, Pulse.SubscribeSources, 0, 0), patience)) return true;
        // It may have gone between being found and being watched.
        if (!Sources(patience).Any(s => s.Index == index)) return true;
        while (!isStopping())
        {
            if (_watchedIsGone || !IsAlive) return true;
            if (!TurnOnce(TimeSpan.FromSeconds(60))) return true;
        }

        return false;
    }

    /// <summary>Ends one turn of a waiting loop; from any thread.</summary>
    public void WakeUp() => Pulse.LoopWakeUp(_loop);

    private bool Await(nint operation, TimeSpan patience)
    {
        if (operation == 0) return false;
        var done = Turn(() => Pulse.OperationState(operation) != Pulse.OperationRunning, patience);
        Pulse.OperationUnref(operation);
        return done && IsAlive;
    }

    private bool Turn(Func<bool> isDone, TimeSpan patience)
    {
        var deadline = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (!isDone())
        {
            var left = deadline - Environment.TickCount64;
            if (left <= 0 || !TurnOnce(TimeSpan.FromMilliseconds(left))) return false;
        }

        return true;
    }

    private bool TurnOnce(TimeSpan longest)
        => Pulse.LoopPrepare(_loop, (int)longest.TotalMicroseconds) >= 0 && Pulse.LoopPoll(_loop) >= 0 && Pulse.LoopDispatch(_loop) >= 0;

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
