using System.Globalization;
using System.Runtime.InteropServices;
using Chorale.Audio.Interop;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Capture.Sources;

/// <summary>
/// A device by PortAudio's name: the way in on macOS and Windows, and by <c>portaudio:NAME</c> anywhere. Blocking reads, but never of more
/// than what is there, so that a device which stops cannot hold the thread.
/// </summary>
internal sealed class PortAudioSource : ICaptureSource
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);
    private static readonly int[] UsualRatesHz = [8_000, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000];

    private readonly PortAudioSession _session;
    private readonly SafePortAudioStreamHandle _stream;
    private readonly AutoResetEvent _never = new(false);
    private readonly TimeSpan _nap;

    private PortAudioSource(PortAudioSession session, SafePortAudioStreamHandle stream, string name, PcmFormat format, int periodFrames)
    {
        (_session, _stream, Format, PeriodFrames, Description) = (session, stream, format, periodFrames, $"portaudio:{name}");
        _nap = TimeSpan.FromMilliseconds(Math.Max(1, format.DurationOf(periodFrames).TotalMilliseconds / 4));
    }

    public PcmFormat Format { get; }

    public int PeriodFrames { get; }

    public string Description { get; }

    public bool IsPaced => true;

    /// <param name="name">Whole name, part of it, PortAudio's number, or empty for the system's default input.</param>
    /// <param name="request">What to negotiate.</param>
    /// <param name="periodFrames">Frames a read.</param>
    public static PortAudioSource Open(string name, CaptureRequest request, int periodFrames)
    {
        PortAudioSession session;
        try
        {
            session = PortAudioSession.Open();
        }
        catch (DllNotFoundException e)
        {
            throw new CaptureException($"portaudio:{name}: PortAudio is missing: install the package {PortAudio.Package}", isTransient: false, e);
        }

        try
        {
            var device = Choose(PortAudioSession.Inputs(), name);
            var format = new PcmFormat(
                request.SampleRateHz == 0 ? (int)device.DefaultRateHz : request.SampleRateHz, request.Channels == 0 ? 1 : request.Channels, request.SampleFormat ?? SampleFormat.S16);
            var parameters = ParametersOf(device, format, request.Buffer);
            lock (PortAudioSession.Gate)
            {
                if (PortAudio.IsFormatSupported(parameters, 0, format.SampleRateHz) is var answer and not 0) throw Refusal(device, format, answer);
                ThrowIfNegative(device, PortAudio.OpenStream(out var stream, parameters, 0, format.SampleRateHz, (nuint)periodFrames, PortAudio.ClipOff, 0, 0));
                if (PortAudio.StartStream(stream) is var started and < 0)
                {
                    stream.Dispose();
                    ThrowIfNegative(device, started);
                }

                return new PortAudioSource(session, stream, device.Name, format, periodFrames);
            }
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public CaptureRead Read(Span<byte> destination)
    {
        var frames = Math.Min(PeriodFrames, destination.Length / Format.BytesPerFrame);
        for (var waited = TimeSpan.Zero; ; waited += _nap)
        {
            var available = PortAudio.GetReadAvailable(_stream);
            if (available < 0) return Lost((int)available);
            if (available >= frames) break;
            if (waited >= Patience) return new CaptureRead(CaptureReadKind.Frames, 0);
            _never.WaitOne(_nap);
        }

        var bytes = destination[..(frames * Format.BytesPerFrame)];
        var result = PortAudio.Read(_stream, bytes, (nuint)frames);
        if (result < 0 && result != PortAudio.InputOverflowed) return Lost(result);
        if (Format.SampleFormat == SampleFormat.S24)
        {
            foreach (ref var sample in MemoryMarshal.Cast<byte, int>(bytes)) sample &= ~0xff;
        }

        // The overflow happened before these frames; how much it cost PortAudio does not say.
        return new CaptureRead(result == PortAudio.InputOverflowed ? CaptureReadKind.Xrun : CaptureReadKind.Frames, frames);
    }

    public void Dispose()
    {
        lock (PortAudioSession.Gate) _stream.Dispose();
        _session.Dispose();
        _never.Dispose();
    }

    private static PortAudioEntry Choose(IReadOnlyList<PortAudioEntry> inputs, string name)
    {
        var there = inputs.Count == 0 ? "no input at all" : string.Join(", ", inputs.Select(i => $"{i.Index}: {i.Name}"));
        var candidates = name.Length == 0 ? inputs.Where(i => i.IsDefault).ToArray()
            : int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? inputs.Where(i => i.Index == index).ToArray()
            : inputs.Where(i => i.Name == name).ToArray() is { Length: > 0 } exact ? exact
            : inputs.Where(i => i.Name.Contains(name, StringComparison.OrdinalIgnoreCase)).ToArray();
        return candidates.Length switch
        {
            1 => candidates[0],
            0 => throw new CaptureException($"portaudio:{name} is not there; there is {there}", isTransient: true),
            _ => throw new CaptureException($"portaudio:{name} may mean {string.Join(" or ", candidates.Select(c => $"{c.Index}: {c.Name}"))}: name one", isTransient: false),
        };
    }

    private static PortAudio.StreamParameters ParametersOf(PortAudioEntry device, PcmFormat format, TimeSpan? buffer) => new()
    {
        Device = device.Index,
        Channels = format.Channels,
        SampleFormat = format.SampleFormat switch
        {
            SampleFormat.S16 => PortAudio.FormatS16,
            SampleFormat.F32 => PortAudio.FormatF32,
            _ => PortAudio.FormatS32,
        },
        SuggestedLatencySeconds = buffer?.TotalSeconds ?? Math.Max(device.HighLatencySeconds, 0.2),
    };

    private static CaptureException Refusal(PortAudioEntry device, PcmFormat format, int error)
    {
        var rates = UsualRatesHz.Where(r => PortAudio.IsFormatSupported(ParametersOf(device, format with { Channels = Math.Min(format.Channels, device.MaxChannels) }, null), 0, r) == 0);
        var isAboutFormat = error is PortAudio.InvalidSampleRate or PortAudio.InvalidChannelCount or PortAudio.FormatNotSupported;
        return new CaptureException(
            $"portaudio:{device.Name} cannot give {format} ({PortAudio.Describe(error)}); it can give rates {string.Join(", ", rates)} Hz; up to {device.MaxChannels} channels",
            isTransient: !isAboutFormat);
    }

    private static void ThrowIfNegative(PortAudioEntry device, int result)
    {
        if (result < 0) throw new CaptureException($"portaudio:{device.Name}: {PortAudio.Describe(result)}", isTransient: true);
    }

    private CaptureRead Lost(int error) => new(CaptureReadKind.Lost, 0, 0, $"{Description}: {PortAudio.Describe(error)}");
}
