using Chorale.Audio.Pcm;

namespace Chorale.Audio.Capture;

/// <summary>Why a run did not simply go on from the one before it.</summary>
public enum RunBreak
{
    /// <summary>Nothing before it: the capture was opened on purpose.</summary>
    Opened,

    /// <summary>The device overran and frames were lost.</summary>
    Xrun,

    /// <summary>The device went away and came back.</summary>
    DeviceLost,
}

/// <summary>
/// Unbroken capture: from opening a device, or from an xrun, to the next break. Frames are numbered from 0 within it, and its clock
/// maps them to UTC. Nothing inside a run is ever missing.
/// </summary>
/// <param name="Id">New for every run.</param>
/// <param name="StartPosition">Where in the ring's own count (frames since the capture was created) this run's frame 0 lies.</param>
/// <param name="Format">Same for every run of one capture.</param>
/// <param name="Clock">Maps frames to UTC.</param>
/// <param name="Break">What ended the run before this one.</param>
/// <param name="LostFrames">Frames known to be lost between the end of the run before and frame 0, exact for what a device counted,
/// else from elapsed monotonic time x rate; 0 with <see cref="RunBreak.Opened"/>.</param>
/// <param name="Source">Description of the input.</param>
public sealed record CaptureRun(
    Guid Id, long StartPosition, PcmFormat Format, RunClock Clock, RunBreak Break, long LostFrames, string Source);
