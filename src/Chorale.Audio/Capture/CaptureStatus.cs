namespace Chorale.Audio.Capture;

public enum CaptureState
{
    /// <summary>The device is being opened for the first time, or waited for.</summary>
    Opening,

    /// <summary>Frames are coming.</summary>
    Running,

    /// <summary>The device was there and is gone, or gives no frames; it is tried again.</summary>
    Lost,

    /// <summary>The input has ended for good (a file read once), or the capture was stopped.</summary>
    Ended,

    /// <summary>What was asked for can never work; <see cref="CaptureStatus.LastError"/> says what can.</summary>
    Failed,
}

/// <summary>Where a capture stands, for health pages and people. Counters only ever grow.</summary>
/// <param name="State">What it is doing.</param>
/// <param name="Source">Description of the input, once it has been open.</param>
/// <param name="Run">The newest run.</param>
/// <param name="FramesCaptured">Frames written to the ring.</param>
/// <param name="LostFrames">Frames known lost to xruns and lost devices, over all runs; what a loss still going on costs is not in it yet.</param>
/// <param name="Xruns">Device overruns.</param>
/// <param name="DeviceLosses">Times the device went away, failed, or had to be restarted because no frames came.</param>
/// <param name="Retries">Attempts to open that failed, since the last success.</param>
/// <param name="SinceLastFrames">Time since frames last came, or since the capture began.</param>
/// <param name="IsSilentDevice">True: restarted three times in a row because the open device gave no frames, and still none.</param>
/// <param name="LastError">The latest trouble in words, with the time it happened; null when there never was any.</param>
/// <param name="LastErrorAt">When that was.</param>
public sealed record CaptureStatus(
    CaptureState State, string? Source, CaptureRun? Run, long FramesCaptured, long LostFrames, long Xruns, long DeviceLosses, int Retries,
    TimeSpan SinceLastFrames, bool IsSilentDevice, string? LastError, DateTimeOffset? LastErrorAt);

public enum CaptureChangeKind
{
    /// <summary>The device is open and its first frames are in the ring.</summary>
    Opened,

    /// <summary>Opening failed; tried again after <see cref="CaptureChange.RetryAfter"/>.</summary>
    OpenFailed,

    /// <summary>The device went away.</summary>
    DeviceLost,

    /// <summary>The device overran; <see cref="CaptureChange.LostFrames"/> were lost.</summary>
    Xrun,

    /// <summary>Open, but no frames for 30 s: closed and opened again.</summary>
    NoFrames,

    /// <summary>Restarting did not help; a person must look.</summary>
    SilentDevice,

    /// <summary>The input ended or the capture was stopped.</summary>
    Ended,

    /// <summary>The request can never be met.</summary>
    Failed,
}

/// <summary>Something a log line is worth. Written by the capture thread without waiting, read by whoever logs.</summary>
public sealed record CaptureChange(
    CaptureChangeKind Kind, DateTimeOffset At, string Detail, CaptureRun? Run = null, long LostFrames = 0, TimeSpan RetryAfter = default);
