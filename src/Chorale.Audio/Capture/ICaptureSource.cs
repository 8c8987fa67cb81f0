using Chorale.Audio.Pcm;

namespace Chorale.Audio.Capture;

/// <summary>
/// One opened input: a sound card, a child process, a file, a tone. It belongs to the capture thread from opening to disposal;
/// <see cref="Read"/> is its only call in real time and allocates nothing unless the device is lost.
/// </summary>
public interface ICaptureSource : IDisposable
{
    /// <summary>What was negotiated; frames read are already in this stored form.</summary>
    PcmFormat Format { get; }

    /// <summary>Frames that the input hands over at once.</summary>
    int PeriodFrames { get; }

    /// <summary>For logs and people: <c>hw:1,0 (USB Audio)</c>.</summary>
    string Description { get; }

    /// <summary>True where the input runs at the pace of the world; false for <c>file:...?fast</c>, which waits for its slowest reader.</summary>
    bool IsPaced { get; }

    /// <summary>
    /// Blocks for at most about one second until frames are there, and copies them interleaved into <paramref name="destination"/>
    /// (at least one period long, a whole number of frames).
    /// </summary>
    CaptureRead Read(Span<byte> destination);
}

/// <summary>What one <see cref="ICaptureSource.Read"/> brought.</summary>
public enum CaptureReadKind
{
    /// <summary>Frames, perhaps none yet (a timeout of the device: the caller counts the silence).</summary>
    Frames,

    /// <summary>The device overran before these frames: <see cref="CaptureRead.LostFrames"/> were lost (0: not known by the device).</summary>
    Xrun,

    /// <summary>The device is gone; dispose and open again later.</summary>
    Lost,

    /// <summary>The input has ended for good (a file read once).</summary>
    Ended,
}

/// <param name="Kind">What happened.</param>
/// <param name="Frames">Frames copied to the destination, 0 or more, valid with <see cref="CaptureReadKind.Frames"/> and <see cref="CaptureReadKind.Xrun"/>.</param>
/// <param name="LostFrames">Frames lost just before these, where the device says so.</param>
/// <param name="Detail">Why, for a log line; null in the ordinary case.</param>
public readonly record struct CaptureRead(CaptureReadKind Kind, int Frames, long LostFrames = 0, string? Detail = null);

/// <summary>Opening failed, or the request cannot be met. <see cref="IsTransient"/> tells whether waiting can help.</summary>
public sealed class CaptureException(string message, bool isTransient, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>True: the device is absent or busy, try again later. False: what was asked for can never work; the message says what can.</summary>
    public bool IsTransient { get; } = isTransient;
}

/// <summary>What is asked of an input. Zero or null = the back end's own default.</summary>
/// <param name="Device">As in the settings: <c>hw:1,0</c>, <c>default</c>, a name or part of it, an index, <c>pulse:SOURCE</c>,
/// <c>portaudio:NAME</c>, <c>file:PATH[?fast]</c>, <c>tone:</c>, any URL for ffmpeg, or empty for the first USB microphone, else the default.</param>
/// <param name="SampleRateHz">8 000 to 192 000.</param>
/// <param name="Channels">1 to 8.</param>
/// <param name="SampleFormat">How to store samples; null takes the best the device has (S16 preferred).</param>
/// <param name="Period">How often the device hands frames over; 20 ms unless set.</param>
/// <param name="Buffer">The device's own buffer; 500 ms unless set.</param>
public sealed record CaptureRequest(
    string? Device, int SampleRateHz, int Channels, SampleFormat? SampleFormat = null, TimeSpan? Period = null, TimeSpan? Buffer = null);
