using Chorale.Audio.Interop;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Capture.Sources;

/// <summary>How the device hands a sample over; <see cref="S24"/> and <see cref="S24Packed"/> are stored as <see cref="SampleFormat.S24"/>.</summary>
internal enum AlsaWireFormat
{
    S16 = Alsa.FormatS16,
    S24 = Alsa.FormatS24,
    S24Packed = Alsa.FormatS24Packed,
    S32 = Alsa.FormatS32,
    F32 = Alsa.FormatFloat,
}

/// <summary>What a device and a request agreed on.</summary>
internal sealed record AlsaNegotiation(AlsaWireFormat Wire, PcmFormat Format, int PeriodFrames, int BufferFrames)
{
    private static readonly TimeSpan DefaultPeriod = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan DefaultBuffer = TimeSpan.FromMilliseconds(500);

    private static readonly (AlsaWireFormat Wire, SampleFormat Stored)[] WireFormats =
    [
        (AlsaWireFormat.S16, SampleFormat.S16), (AlsaWireFormat.S24, SampleFormat.S24), (AlsaWireFormat.S24Packed, SampleFormat.S24),
        (AlsaWireFormat.S32, SampleFormat.S32), (AlsaWireFormat.F32, SampleFormat.F32),
    ];

    /// <summary>Settles format, channels, rate, period and buffer with the device, in that order of importance.</summary>
    /// <exception cref="CaptureException">The device cannot; the message lists what it can.</exception>
    public static AlsaNegotiation Settle(SafePcmHandle pcm, string pcmName, CaptureRequest request, AlsaWireFormat? onlyWire = null)
    {
        AlsaException.ThrowIfNegative(Alsa.HardwareParametersMalloc(out var parameters), "snd_pcm_hw_params_malloc");
        using (parameters)
        {
            AlsaException.ThrowIfNegative(Alsa.Any(pcm, parameters), "snd_pcm_hw_params_any");
            AlsaException.ThrowIfNegative(Alsa.SetAccess(pcm, parameters, Alsa.AccessInterleaved), "snd_pcm_hw_params_set_access");
            var can = AlsaAbilities.Of(pcm, parameters);
            if (onlyWire is { } only) can = can with { WireFormats = can.WireFormats.Where(w => w == only).ToArray() };
            var wire = ChooseWire(can, request.SampleFormat);
            var channels = request.Channels != 0 ? request.Channels : can.Channels.FirstOrDefault(1);
            var rate = request.SampleRateHz != 0 ? request.SampleRateHz : can.RatesHz.OrderBy(r => Math.Abs(r - 48_000)).FirstOrDefault(48_000);
            if (wire is null
                || Alsa.SetFormat(pcm, parameters, (int)wire.Value.Wire) < 0
                || Alsa.SetChannels(pcm, parameters, (uint)channels) < 0
                || Alsa.SetRate(pcm, parameters, (uint)rate, 0) < 0)
            {
                throw new CaptureException(
                    $"{pcmName} cannot give {rate} Hz, {channels} ch, {request.SampleFormat?.ToString() ?? "any format"}; it can give {can}" +
                    (pcmName.StartsWith("hw:", StringComparison.Ordinal) ? $" ('plug{pcmName}' converts)" : ""),
                    isTransient: false);
            }

            var direction = 0;
            var periodUs = (uint)(request.Period ?? DefaultPeriod).TotalMicroseconds;
            var bufferUs = (uint)(request.Buffer ?? DefaultBuffer).TotalMicroseconds;
            // The buffer first: it is what saves frames; a period that does not fit it is moved, not the other way round.
            AlsaException.ThrowIfNegative(Alsa.SetBufferTimeNear(pcm, parameters, ref bufferUs, ref direction), "snd_pcm_hw_params_set_buffer_time_near");
            AlsaException.ThrowIfNegative(Alsa.SetPeriodTimeNear(pcm, parameters, ref periodUs, ref direction), "snd_pcm_hw_params_set_period_time_near");
            AlsaException.ThrowIfNegative(Alsa.Apply(pcm, parameters), "snd_pcm_hw_params");
            AlsaException.ThrowIfNegative(Alsa.GetPeriodSize(parameters, out var period, out _), "snd_pcm_hw_params_get_period_size");
            AlsaException.ThrowIfNegative(Alsa.GetBufferSize(parameters, out var buffer), "snd_pcm_hw_params_get_buffer_size");
            return new AlsaNegotiation(wire.Value.Wire, new PcmFormat(rate, channels, wire.Value.Stored), (int)period, (int)buffer);
        }
    }

    private static (AlsaWireFormat Wire, SampleFormat Stored)? ChooseWire(AlsaAbilities can, SampleFormat? wanted)
    {
        foreach (var candidate in WireFormats)
        {
            if ((wanted is null || wanted == candidate.Stored) && can.WireFormats.Contains(candidate.Wire)) return candidate;
        }

        return null;
    }
}

/// <summary>What a device can do in itself, each list in rising order; rates are those of the usual ones it takes.</summary>
internal sealed record AlsaAbilities(IReadOnlyList<int> RatesHz, IReadOnlyList<int> Channels, IReadOnlyList<AlsaWireFormat> WireFormats)
{
    private static readonly int[] UsualRatesHz = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000];

    /// <summary>The four stored formats it can give.</summary>
    public IReadOnlyList<SampleFormat> Formats => WireFormats
        .Select(w => w switch
        {
            AlsaWireFormat.S16 => SampleFormat.S16,
            AlsaWireFormat.S32 => SampleFormat.S32,
            AlsaWireFormat.F32 => SampleFormat.F32,
            _ => SampleFormat.S24,
        }).Distinct().ToArray();

    public static AlsaAbilities Of(SafePcmHandle pcm, SafeHardwareParametersHandle any) => new(
        UsualRatesHz.Where(r => Alsa.TestRate(pcm, any, (uint)r, 0) == 0).ToArray(),
        Enumerable.Range(1, 8).Where(c => Alsa.TestChannels(pcm, any, (uint)c) == 0).ToArray(),
        Enum.GetValues<AlsaWireFormat>().Where(f => Alsa.TestFormat(pcm, any, (int)f) == 0).ToArray());

    public override string ToString()
        => $"rates {List(RatesHz)} Hz; channels {List(Channels)}; formats {List(Formats)}";

    private static string List<T>(IReadOnlyList<T> items) => items.Count == 0 ? "none of ours" : string.Join(", ", items);
}
