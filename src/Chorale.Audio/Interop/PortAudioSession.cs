using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Chorale.Audio.Interop;

/// <param name="Index">PortAudio's number of it today.</param>
/// <param name="Name">PortAudio's name: <c>USB Audio Device: - (hw:1,0)</c>.</param>
/// <param name="MaxChannels">Most channels it records.</param>
/// <param name="DefaultRateHz">The rate it prefers.</param>
/// <param name="HighLatencySeconds">The latency it suggests for safe recording.</param>
/// <param name="IsDefault">The system's default input.</param>
internal sealed record PortAudioEntry(int Index, string Name, int MaxChannels, double DefaultRateHz, double HighLatencySeconds, bool IsDefault);

/// <summary>
/// PortAudio, initialised. Its list of devices is made by the first session and stays as it was until the last one is disposed; its calls for
/// opening and closing are not made for two threads at once, hence <see cref="Gate"/>.
/// </summary>
internal sealed class PortAudioSession : IDisposable
{
    private bool _disposed;

    private PortAudioSession()
    {
    }

    /// <summary>Held while a stream is opened or closed.</summary>
    public static Lock Gate { get; } = new();

    /// <exception cref="DllNotFoundException">The library is not installed.</exception>
    public static PortAudioSession Open()
    {
        lock (Gate)
        {
            if (OperatingSystem.IsLinux()) BeQuiet();
            PortAudio.EnsureResolved();
            var result = PortAudio.Initialize();
            return result >= 0 ? new PortAudioSession() : throw new IOException($"PortAudio: {PortAudio.Describe(result)}");
        }
    }

    /// <summary>Every device that can record.</summary>
    public static unsafe IReadOnlyList<PortAudioEntry> Inputs()
    {
        lock (Gate)
        {
            var found = new List<PortAudioEntry>();
            var standard = PortAudio.GetDefaultInputDevice();
            for (var i = 0; i < PortAudio.GetDeviceCount(); i++)
            {
                var device = PortAudio.GetDeviceInfo(i);
                if (device is null || device->MaxInputChannels <= 0) continue;
                found.Add(new PortAudioEntry(
                    i, Marshal.PtrToStringUTF8((nint)device->Name) ?? "", device->MaxInputChannels, device->DefaultSampleRateHz,
                    device->DefaultHighInputLatencySeconds, i == standard));
            }

            return found;
        }
    }

    /// <summary>PortAudio tries every sound system it knows, and JACK's library tells standard error at length that it is not there.</summary>
    private static unsafe void BeQuiet()
    {
        Alsa.EnsureQuiet();
        if (!NativeLibrary.TryLoad("libjack.so.0", out var jack)) return;
        foreach (var name in new[] { "jack_set_error_function", "jack_set_info_function" })
        {
            if (NativeLibrary.TryGetExport(jack, name, out var set)) ((delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<byte*, void>, void>)set)(&Ignore);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static unsafe void Ignore(byte* text)
    {
    }

    public void Dispose()
    {
        lock (Gate)
        {
            if (!_disposed) _ = PortAudio.Terminate();
            _disposed = true;
        }
    }
}
