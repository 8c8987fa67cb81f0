using Chorale.Audio.Capture.Devices;
using Chorale.Audio.Capture.Sources;
using Chorale.Audio.Interop;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Capture;

/// <summary>Every kind of input there is, by the name in the settings. Names are resolved anew at each opening, so that a microphone is found again under another card number.</summary>
public sealed class CaptureInputs(TimeProvider time) : ICaptureInputs
{
    private static readonly TimeSpan DefaultPeriod = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ServerPatience = TimeSpan.FromSeconds(1);

    private readonly AlsaCards _cards = new();

    public ICaptureSource Open(CaptureRequest request)
    {
        Check(request);
        var name = DeviceName.Parse(request.Device);
        var chosen = Resolve(name) ?? throw new CaptureException(Absent(name), isTransient: true);
        return chosen.Kind switch
        {
            DeviceKind.Tone => new ToneSource(FormatOf(request, SampleFormat.S16), PeriodOf(request), time),
            DeviceKind.Pulse => PulseSource.Open(chosen.Text, FormatOf(request, SampleFormat.S16), PeriodOf(request)),
            DeviceKind.Alsa => OpenAlsa(chosen, request),
            DeviceKind.PortAudio => PortAudioSource.Open(chosen.Text, request, PeriodOf(request)),
            DeviceKind.File => FileSource.Open(chosen.Text, name.IsFast, request, request.Period ?? DefaultPeriod, time),
            DeviceKind.Url => FfmpegSource.Open(chosen.Text, FormatOf(request, SampleFormat.S16), PeriodOf(request)),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    public bool? IsPresent(CaptureRequest request)
    {
        var name = DeviceName.Parse(request.Device);
        return name.Kind switch
        {
            DeviceKind.Tone => true,
            DeviceKind.File => File.Exists(name.Text),
            DeviceKind.Pulse => PulseSource.IsPresent(name.Text),
            DeviceKind.Alsa => _cards.IsPresent(name.Text),
            DeviceKind.Unnamed or DeviceKind.Name or DeviceKind.Index or DeviceKind.Usb when OperatingSystem.IsLinux() =>
                // A word that no card is called by may be a PCM of asound.conf; that is no card that is there.
                Resolve(name) is { } chosen && (name.Kind != DeviceKind.Name || chosen.MayConvert),
            _ => null,
        };
    }

    private static void Check(CaptureRequest request)
    {
        if (request.SampleRateHz != 0 && request.SampleRateHz is < 8_000 or > 192_000)
            throw new CaptureException($"sample rate {request.SampleRateHz} Hz: 8000 to 192000 are possible", isTransient: false);
        if (request.Channels is < 0 or > 8) throw new CaptureException($"{request.Channels} channels: 1 to 8 are possible", isTransient: false);
        if (request.Period is { } period && (period < TimeSpan.FromMilliseconds(1) || period > TimeSpan.FromSeconds(1)))
            throw new CaptureException($"period {period.TotalMilliseconds:0.#} ms: 1 to 1000 are possible", isTransient: false);
        if (request.Buffer is { } buffer && (buffer < TimeSpan.FromMilliseconds(2) || buffer > TimeSpan.FromSeconds(10)))
            throw new CaptureException($"buffer {buffer.TotalMilliseconds:0.#} ms: 2 to 10000 are possible", isTransient: false);
    }

    private static PcmFormat FormatOf(CaptureRequest request, SampleFormat otherwise) => new(
        request.SampleRateHz == 0 ? 48_000 : request.SampleRateHz, request.Channels == 0 ? 1 : request.Channels, request.SampleFormat ?? otherwise);

    private static int PeriodOf(CaptureRequest request) => (int)FormatOf(request, SampleFormat.S16).FramesIn(request.Period ?? DefaultPeriod);

    private static AlsaSource OpenAlsa(ChosenDevice chosen, CaptureRequest request)
    {
        try
        {
            return AlsaSource.Open(chosen.Text, chosen.Description, request);
        }
        catch (CaptureException e) when (!e.IsTransient && chosen.MayConvert)
        {
            return AlsaSource.Open($"plug{chosen.Text}", $"{chosen.Description}, converted", request);
        }
    }

    private ChosenDevice? Resolve(DeviceName name)
    {
        if (!OperatingSystem.IsLinux() && name.Kind is DeviceKind.Unnamed or DeviceKind.Name or DeviceKind.Index)
            return new ChosenDevice(DeviceKind.PortAudio, name.Text, $"portaudio:{name.Text}");
        return DeviceChoice.Resolve(name, _cards.Find(), name.Kind == DeviceKind.Unnamed ? DefaultSource() : null);
    }

    private static string? DefaultSource()
    {
        using var server = PulseConnection.TryOpen(ServerPatience);
        return server?.DefaultSource(ServerPatience);
    }

    private string Absent(DeviceName name)
    {
        var cards = _cards.Find();
        var there = cards.Count == 0 ? "no sound card that can capture" : string.Join(", ", cards.Select(c => c.Description));
        return name.Kind == DeviceKind.Unnamed
            ? $"no microphone: looked for a sound server's default source, a USB microphone, any card; there is {there}"
            : $"no microphone '{name.Text}'; there is {there}";
    }
}
