using Microsoft.Win32.SafeHandles;

namespace Chorale.Audio.Interop;

/// <summary>Owns a <c>pa_mainloop*</c>; released after the context that lives on it.</summary>
internal sealed class SafePulseLoopHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        Pulse.LoopFree(handle);
        return true;
    }
}

/// <summary>Owns a <c>pa_context*</c>.</summary>
internal sealed class SafePulseContextHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        Pulse.ContextDisconnect(handle);
        Pulse.ContextUnref(handle);
        return true;
    }
}

/// <summary>Owns a <c>pa_stream*</c>; released before its context.</summary>
internal sealed class SafePulseStreamHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        _ = Pulse.StreamDisconnect(handle);
        Pulse.StreamUnref(handle);
        return true;
    }
}
