using Chorale.Audio.Capture;
using Chorale.Audio.Files;
using Chorale.Protocol.Modules;
using Chorale.Recorder.Settings;

namespace Chorale.Recorder.Control;

/// <summary>What recordings on request are made with.</summary>
/// <param name="Folder">Where they go.</param>
/// <param name="DType">The sample type that is shown; see the settings.</param>
internal sealed record AudioSetup(CaptureRequest Capture, EncoderSettings Encoder, string Folder, string DType)
{
    public static AudioSetup Of(RecorderSettings settings) => new(
        settings.Capture.ToRequest(), settings.Recording.ToEncoder(), settings.Recording.Folder, settings.Mqtt?.Dtype ?? "float32");

    /// <summary>As masters see it.</summary>
    public ModuleConfig ToConfig() => new()
    {
        SampleRateHz = Capture.SampleRateHz, Channels = Capture.Channels, Device = Capture.Device, DType = DType, RecordingFolder = Folder, Codec = TextOf(Encoder.Codec),
    };

    public static string TextOf(AudioCodec codec) => codec switch { AudioCodec.Opus => "opus", AudioCodec.Flac => "flac", _ => "wav" };
}
