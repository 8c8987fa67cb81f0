using System.Runtime.InteropServices;
using System.Text;
using Chorale.Audio.Interop;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Capture.Sources;

/// <summary>A capture PCM of libasound: a card, or one of its plugins such as <c>pulse</c>.</summary>
/// <remarks>
/// Opened and read without ever blocking in the driver: when nothing is there, <see cref="Read"/> waits at most 200 ms. An overrun and a
/// suspend restart the device and are reported; every other error is the loss of the device.
/// </remarks>
internal sealed class AlsaSource : ICaptureSource
{
    private const int WaitMs = 200;
    private const int NapMs = 4;

    private readonly SafePcmHandle _pcm;
    private readonly AlsaWireFormat _wire;
    private readonly byte[]? _packed;
    private readonly AutoResetEvent _nap = new(false);

    private AlsaSource(SafePcmHandle pcm, AlsaNegotiation settled, string description)
    {
        (_pcm, _wire, Format, PeriodFrames, BufferFrames, Description) =
            (pcm, settled.Wire, settled.Format, settled.PeriodFrames, settled.BufferFrames, description);
        if (_wire == AlsaWireFormat.S24Packed) _packed = GC.AllocateUninitializedArray<byte>(PeriodFrames * Format.Channels * 3, pinned: true);
    }

    public PcmFormat Format { get; }

    public int PeriodFrames { get; }

    /// <summary>What the device itself holds before it overruns.</summary>
    public int BufferFrames { get; }

    public string Description { get; }

    public bool IsPaced => true;

    /// <summary>Opens a PCM by libasound's own name.</summary>
    public static AlsaSource Open(string pcmName, string description, CaptureRequest request)
        => Open((out SafePcmHandle pcm) => Alsa.Open(out pcm, pcmName, Alsa.StreamCapture, Alsa.NonBlock), pcmName, description, request);

    /// <summary>
    /// Opens a PCM that no configuration file knows, by its definition in ALSA's own language; <paramref name="onlyWire"/> leaves it no
    /// choice of how to hand samples over.
    /// </summary>
    public static AlsaSource OpenDefined(string definition, string pcmName, string description, CaptureRequest request, AlsaWireFormat? onlyWire = null)
    {
        return Open(Opener, pcmName, description, request, onlyWire);

        int Opener(out SafePcmHandle pcm)
        {
            var text = Encoding.UTF8.GetBytes($"pcm.chorale {{ {definition} }}\n");
            AlsaException.ThrowIfNegative(Alsa.ConfigTop(out var config), "snd_config_top");
            using (config)
            {
                AlsaException.ThrowIfNegative(Alsa.InputBufferOpen(out var input, text, text.Length), "snd_input_buffer_open");
                using (input) AlsaException.ThrowIfNegative(Alsa.ConfigLoad(config, input), "snd_config_load");
                return Alsa.OpenWith(out pcm, "chorale", Alsa.StreamCapture, Alsa.NonBlock, config);
            }
        }
    }

    /// <summary>What a PCM can do, or why that cannot be known now; for lists.</summary>
    public static (AlsaAbilities? Can, string? Note) Probe(string pcmName)
    {
        Alsa.EnsureQuiet();
        var opened = Alsa.Open(out var pcm, pcmName, Alsa.StreamCapture, Alsa.NonBlock);
        if (opened < 0) return (null, Explain(pcmName, new AlsaException("snd_pcm_open", opened)));
        using (pcm)
        {
            if (Alsa.HardwareParametersMalloc(out var parameters) < 0) return (null, "out of memory");
            using (parameters)
            {
                var any = Alsa.Any(pcm, parameters);
                return any < 0 ? (null, Alsa.Describe(any)) : (AlsaAbilities.Of(pcm, parameters), null);
            }
        }
    }

    public CaptureRead Read(Span<byte> destination)
    {
        var got = ReadOnce(destination);
        if (got == AlsaException.Again)
        {
            var waited = Alsa.Wait(_pcm, WaitMs);
            if (waited == 0) return new CaptureRead(CaptureReadKind.Frames, 0);
            got = waited < 0 ? waited : ReadOnce(destination);
            if (got == AlsaException.Again) _nap.WaitOne(NapMs); // some plugins answer "ready" while nothing is there, for as long as one asks
        }

        if (got >= 0) return new CaptureRead(CaptureReadKind.Frames, Store(destination, (int)got));
        return (int)got switch
        {
            AlsaException.Again or AlsaException.Interrupted => new CaptureRead(CaptureReadKind.Frames, 0),
            AlsaException.Xrun or AlsaException.Suspended => Recover((int)got),
            var error => new CaptureRead(CaptureReadKind.Lost, 0, 0, Trouble("read", error)),
        };
    }

    public void Dispose()
    {
        _pcm.Dispose();
        _nap.Dispose();
    }

    private static AlsaSource Open(Opener open, string pcmName, string description, CaptureRequest request, AlsaWireFormat? onlyWire = null)
    {
        try
        {
            Alsa.EnsureQuiet();
            AlsaException.ThrowIfNegative(open(out var pcm), "snd_pcm_open");
            try
            {
                var source = new AlsaSource(pcm, AlsaNegotiation.Settle(pcm, pcmName, request, onlyWire), description);
                AlsaException.ThrowIfNegative(Alsa.Prepare(pcm), "snd_pcm_prepare");
                AlsaException.ThrowIfNegative(Alsa.Start(pcm), "snd_pcm_start");
                return source;
            }
            catch
            {
                pcm.Dispose();
                throw;
            }
        }
        catch (AlsaException e)
        {
            throw new CaptureException(Explain(pcmName, e), e.IsTransient, e);
        }
        catch (DllNotFoundException e)
        {
            throw new CaptureException($"cannot open {pcmName}: libasound is missing: install the package {Alsa.Package}", isTransient: false, e);
        }
    }

    private static string Explain(string pcmName, AlsaException e) => e.Code switch
    {
        AlsaException.Busy => $"{pcmName} is in use by another program",
        AlsaException.NoAccess => $"no permission to open {pcmName}: the user must be in the group 'audio'",
        AlsaException.NotFound or AlsaException.NoDevice => $"{pcmName} is not there",
        _ => $"cannot open {pcmName}: {e.Message}",
    };

    private nint ReadOnce(Span<byte> destination)
        => Alsa.ReadInterleaved(_pcm, _packed is null ? destination : _packed, (nuint)Math.Min(PeriodFrames, destination.Length / Format.BytesPerFrame));

    /// <summary>Brings what the device gave into the stored form, in place where it has the same width.</summary>
    private int Store(Span<byte> destination, int frames)
    {
        if (_wire == AlsaWireFormat.S24)
        {
            foreach (ref var sample in MemoryMarshal.Cast<byte, int>(destination[..(frames * Format.BytesPerFrame)])) sample <<= 8;
        }
        else if (_packed is { } packed)
        {
            var samples = MemoryMarshal.Cast<byte, int>(destination)[..(frames * Format.Channels)];
            for (int i = 0, from = 0; i < samples.Length; i++, from += 3)
                samples[i] = packed[from] << 8 | packed[from + 1] << 16 | packed[from + 2] << 24;
        }

        return frames;
    }

    private CaptureRead Recover(int error)
    {
        // A card that can resume goes on where it was; -EAGAIN means that it is still waking up.
        if (error == AlsaException.Suspended && Alsa.Resume(_pcm) == AlsaException.Again) return new CaptureRead(CaptureReadKind.Frames, 0);
        var result = Alsa.Prepare(_pcm);
        if (result >= 0) result = Alsa.Start(_pcm);
        // How much was lost the device does not say: the capture takes it from the clock.
        return result >= 0 ? new CaptureRead(CaptureReadKind.Xrun, 0, 0, Trouble("overrun", error))
            : new CaptureRead(CaptureReadKind.Lost, 0, 0, Trouble("restart after an overrun", result));
    }

    private string Trouble(string what, int error) => $"{Description}: {what}: {Alsa.Describe(error)}";

    private delegate int Opener(out SafePcmHandle pcm);
}
