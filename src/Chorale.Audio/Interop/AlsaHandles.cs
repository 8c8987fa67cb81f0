using Microsoft.Win32.SafeHandles;

namespace Chorale.Audio.Interop;

/// <summary>Owns a <c>snd_pcm_t*</c>.</summary>
internal sealed class SafePcmHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle() => Alsa.Close(handle) == 0;
}

/// <summary>Owns a <c>snd_pcm_hw_params_t*</c>.</summary>
internal sealed class SafeHardwareParametersHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        Alsa.HardwareParametersFree(handle);
        return true;
    }
}

/// <summary>Owns a <c>snd_config_t*</c> tree.</summary>
internal sealed class SafeConfigHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle() => Alsa.ConfigDelete(handle) == 0;
}

/// <summary>Owns a <c>snd_input_t*</c>.</summary>
internal sealed class SafeInputHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle() => Alsa.InputClose(handle) == 0;
}
