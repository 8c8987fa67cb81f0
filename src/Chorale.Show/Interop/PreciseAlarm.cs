using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Chorale.Show.Interop;

/// <summary>
/// An alarm at an absolute time of CLOCK_MONOTONIC and a bell that any thread may ring, waited for together: a timer descriptor and an
/// event descriptor under one poll. The kernel's timer slack does not apply to timer descriptors. Linux, 64 bit.
/// </summary>
/// <remarks>One thread waits. Nothing allocates after the constructor.</remarks>
internal sealed unsafe class PreciseAlarm : IDisposable
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly SafeFileHandle _timer;
    private readonly SafeFileHandle _bell;
    private long? _armedNs;

    public PreciseAlarm()
    {
        _timer = Libc.TimerDescriptor(Libc.ClockMonotonic, Libc.CloseOnExecNonBlocking);
        if (_timer.IsInvalid) throw new Win32Exception(Marshal.GetLastPInvokeError(), "timerfd_create");
        _bell = Libc.EventDescriptor(0, Libc.CloseOnExecNonBlocking);
        if (!_bell.IsInvalid) return;
        var error = Marshal.GetLastPInvokeError();
        _timer.Dispose();
        throw new Win32Exception(error, "eventfd");
    }

    /// <summary>Asked, not assumed: the stamps of <paramref name="time"/> are nanoseconds of the clock that alarms are set by.</summary>
    public static bool IsClockOf(TimeProvider time)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess || time.TimestampFrequency != NanosecondsPerSecond) return false;
        var before = NowNs();
        var stamp = time.GetTimestamp();
        return before <= stamp && stamp <= NowNs();
    }

    /// <summary>Any thread; also while nobody waits, the next wait is then none. Ringing after Dispose does nothing.</summary>
    public void Ring()
    {
        ulong one = 1;
        try
        {
            _ = Libc.Write(_bell, &one, sizeof(ulong)); // full (2^64 - 2 rings) means rung
        }
        catch (ObjectDisposedException)
        {
            // Its room has ended.
        }
    }

    /// <param name="dueNs">Null: only the bell ends it. A time that has passed: returns at once.</param>
    /// <returns>True when somebody rang, whether or not it is due as well.</returns>
    public bool WaitUntil(long? dueNs)
    {
        if (dueNs != _armedNs) Arm(dueNs);
        bool isTimerHeld = false, isBellHeld = false;
        try
        {
            _timer.DangerousAddRef(ref isTimerHeld);
            _bell.DangerousAddRef(ref isBellHeld);
            var entries = stackalloc Libc.PollEntry[2];
            entries[0] = new() { Descriptor = (int)_bell.DangerousGetHandle(), Events = Libc.PollIn };
            entries[1] = new() { Descriptor = (int)_timer.DangerousGetHandle(), Events = Libc.PollIn };
            while (Libc.Poll(entries, 2, -1) < 0)
            {
                if (Marshal.GetLastPInvokeError() is not Libc.Interrupted and var error) throw new Win32Exception(error, "poll");
            }

            ulong count;
            return entries[0].Returned != 0 && Libc.Read(_bell, &count, sizeof(ulong)) > 0;
        }
        finally
        {
            if (isBellHeld) _bell.DangerousRelease();
            if (isTimerHeld) _timer.DangerousRelease();
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _bell.Dispose();
    }

    private static long NowNs()
    {
        Libc.Timespec now;
        _ = Libc.GetTime(Libc.ClockMonotonic, &now);
        return (now.Seconds * NanosecondsPerSecond) + now.Nanoseconds;
    }

    /// <summary>An alarm that has gone off stays readable until it is set again, so a wait for the same time returns at once.</summary>
    private void Arm(long? dueNs)
    {
        Libc.TimerSetting setting = default; // all zero disarms
        if (dueNs is { } due)
        {
            var (seconds, rest) = Math.DivRem(Math.Max(due, 1), NanosecondsPerSecond);
            setting.Value = new() { Seconds = (nint)seconds, Nanoseconds = (nint)rest };
        }

        if (Libc.SetTimer(_timer, Libc.AbsoluteTime, &setting, null) != 0) throw new Win32Exception(Marshal.GetLastPInvokeError(), "timerfd_settime");
        _armedNs = dueNs;
    }
}
