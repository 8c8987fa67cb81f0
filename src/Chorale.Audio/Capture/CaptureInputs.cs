using Chorale.Audio.Capture.Sources;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Capture;

/// <summary>Every kind of input there is, by the name in the settings.</summary>
public sealed class CaptureInputs(TimeProvider time) : ICaptureInputs
{
    private static readonly TimeSpan DefaultPeriod = TimeSpan.FromMilliseconds(20);

    public ICaptureSource Open(CaptureRequest request)
    {
        var device = request.Device ?? "";
        if (device.StartsWith("tone:", StringComparison.OrdinalIgnoreCase)) return OpenTone(request);
        if (device.StartsWith("pulse:", StringComparison.OrdinalIgnoreCase)) return AlsaSource.OpenPulse(device[6..], device, request);
        return AlsaSource.Open(device.Length == 0 ? "default" : device, device, request);
    }

    public bool? IsPresent(CaptureRequest request) => null;

    private ToneSource OpenTone(CaptureRequest request)
    {
        var format = new PcmFormat(
            request.SampleRateHz == 0 ? 48_000 : request.SampleRateHz, request.Channels == 0 ? 1 : request.Channels, request.SampleFormat ?? SampleFormat.S16);
        return new ToneSource(format, (int)format.FramesIn(request.Period ?? DefaultPeriod), time);
    }
}
