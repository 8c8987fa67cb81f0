using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Chorale.Mqtt.Interop;

/// <summary>
/// What the loop thread sleeps on: the broker's socket and a bell that any thread may ring. poll instead of the library's own select,
/// which gives up at descriptor 1024; a hub with a thousand uploads is beyond it.
/// </summary>
internal sealed unsafe class LoopWait : IDisposable
{
    private readonly SafeFileHandle _bell;

    public LoopWait()
    {
        _bell = Libc.EventDescriptor(0, Libc.EventCloseOnExecNonBlocking);
        if (_bell.IsInvalid) throw new Win32Exception(Marshal.GetLastPInvokeError(), "eventfd");
    }

    /// <summary>Any thread; also while nobody sleeps, the next sleep is then none. Ringing after Dispose does nothing.</summary>
    public void Ring()
    {
        ulong one = 1;
        try
        {
            _ = Libc.Write(_bell, &one, sizeof(ulong)); // full (2^64 - 2 rings) means rung
        }
        catch (ObjectDisposedException)
        {
            // The loop has ended.
        }
    }

    /// <summary>Sleeps until the bell, the socket, or the time.</summary>
    /// <param name="socket">-1: none.</param>
    public Readiness Sleep(int socket, bool wantsWrite, TimeSpan limit)
    {
        var entries = stackalloc Libc.PollEntry[2];
        var isAdded = false;
        try
        {
            _bell.DangerousAddRef(ref isAdded);
            entries[0] = new() { Descriptor = (int)_bell.DangerousGetHandle(), Events = Libc.PollIn };
            entries[1] = new() { Descriptor = socket, Events = (short)(Libc.PollIn | Libc.PollPeerClosed | (wantsWrite ? Libc.PollOut : 0)) };
            var ready = Libc.Poll(entries, 2, (int)Math.Ceiling(Math.Clamp(limit.TotalMilliseconds, 0, 60_000)));
            if (ready < 0 && Marshal.GetLastPInvokeError() is not Libc.Interrupted and var error) throw new Win32Exception(error, "poll");
            if (ready <= 0) return default;
        }
        finally
        {
            if (isAdded) _bell.DangerousRelease();
        }

        ulong rings;
        if (entries[0].Returned != 0) _ = Libc.Read(_bell, &rings, sizeof(ulong));
        // A hang-up or an error is read like anything else: the library then finds it.
        var state = entries[1].Returned;
        return new Readiness((state & ~Libc.PollOut) != 0, (state & Libc.PollOut) != 0, (state & (Libc.PollPeerClosed | Libc.PollHangUp)) != 0);
    }

    public void Dispose() => _bell.Dispose();

    public readonly record struct Readiness(bool CanRead, bool CanWrite, bool IsPeerGone);
}
