using System.Text.Json;
using Chorale.Audio.Capture;
using Chorale.Audio.Capture.Devices;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;

namespace Chorale.Recorder.Control;

/// <param name="Setup">Null when there are problems.</param>
/// <param name="Problems">All of them, one sentence each.</param>
/// <param name="Ignored">Keys that mean nothing here.</param>
internal sealed record ConfigReading(AudioSetup? Setup, IReadOnlyList<string> Problems, IReadOnlyList<string> Ignored);

/// <summary>
/// Reads the <c>config</c> of a command. It comes from the network, so no path out of the recordings' folder and no input but a microphone is
/// taken from it. Pure: whether the device can do it is found out by opening it.
/// </summary>
/// <param name="home">The folder of recordings in the settings; others must lie below it.</param>
/// <param name="own">The device in the settings, which may be of any kind.</param>
/// <param name="continuous">What writes continuous chunks from the same capture; null where nothing does.</param>
internal sealed class ConfigRules(string home, string? own, EncoderSettings? continuous = null)
{
    private static readonly string[] DTypes = ["float32", "int32", "int24", "int16"];

    public ConfigReading Read(AudioSetup current, JsonElement config)
    {
        List<string> problems = [];
        List<string> ignored = [];
        var setup = current;
        foreach (var setting in config.EnumerateObject())
        {
            var value = setting.Value;
            setup = setting.Name switch
            {
                "samplerate" => setup with { Capture = setup.Capture with { SampleRateHz = Whole(setting, 8_000, 192_000, setup.Capture.SampleRateHz, problems) } },
                "channels" => setup with { Capture = setup.Capture with { Channels = Whole(setting, 1, 8, setup.Capture.Channels, problems) } },
                "device" => setup with { Capture = setup.Capture with { Device = Device(value, setup.Capture.Device, problems) } },
                "dtype" => setup with { DType = OneOf(setting, DTypes, setup.DType, problems) },
                "codec" => setup with { Encoder = setup.Encoder with { Codec = Codec(setting, setup.Encoder.Codec, problems) } },
                "recording_dir" or "output_dir" => setup with { Folder = Folder(setting, setup.Folder, problems) },
                _ => Ignore(setup, setting.Name, ignored),
            };
        }

        var format = new PcmFormat(Math.Max(1, setup.Capture.SampleRateHz), Math.Max(1, setup.Capture.Channels), SampleFormat.S16);
        var encoder = setup.Encoder.Codec == AudioCodec.Flac ? setup.Encoder with { Complexity = Math.Min(8, setup.Encoder.Complexity) } : setup.Encoder;
        if (problems.Count == 0 && ChunkEncoders.Problem(encoder, format) is { } problem) problems.Add(problem);
        if (problems.Count == 0 && continuous is not null && ChunkEncoders.Problem(continuous, format) is { } other) problems.Add($"the continuous recording: {other}");
        return new ConfigReading(problems.Count == 0 ? setup with { Encoder = encoder } : null, problems, ignored);
    }

    private static AudioSetup Ignore(AudioSetup setup, string name, List<string> ignored)
    {
        ignored.Add(name.Length <= 40 ? name : name[..40] + "...");
        return setup;
    }

    private static int Whole(JsonProperty setting, int min, int max, int current, List<string> problems)
    {
        if (setting.Value.ValueKind == JsonValueKind.Null) return current;
        var isWhole = setting.Value.ValueKind == JsonValueKind.Number && setting.Value.TryGetDouble(out var number) && number == Math.Floor(number)
            && number >= min && number <= max;
        if (isWhole) return (int)setting.Value.GetDouble();
        problems.Add($"{setting.Name} {Show(setting.Value)}: {min} to {max} are allowed");
        return current;
    }

    private static string OneOf(JsonProperty setting, string[] allowed, string current, List<string> problems)
    {
        if (setting.Value.ValueKind == JsonValueKind.Null) return current;
        if (TextOf(setting.Value) is { } text && allowed.Contains(text)) return text;
        problems.Add($"{setting.Name} {Show(setting.Value)}: {string.Join(", ", allowed)} are allowed");
        return current;
    }

    private static AudioCodec Codec(JsonProperty setting, AudioCodec current, List<string> problems) =>
        OneOf(setting, ["wav", "flac", "opus"], AudioSetup.TextOf(current), problems) switch
        {
            "opus" => AudioCodec.Opus,
            "flac" => AudioCodec.Flac,
            _ => AudioCodec.Wav,
        };

    private string? Device(JsonElement value, string? current, List<string> problems)
    {
        if (value.ValueKind == JsonValueKind.Null) return null;
        var text = value.ValueKind == JsonValueKind.Number ? value.GetRawText() : TextOf(value);
        if (text is not null && text == own) return own;
        try
        {
            if (text is { Length: <= 200 } && !text.Any(char.IsControl)
                && DeviceName.Parse(text) is { Kind: not (DeviceKind.File or DeviceKind.Url) } name && (name.Kind != DeviceKind.Alsa || IsPlainPcm(text)))
                return text.Length == 0 ? null : text;
            problems.Add($"device {Show(value)}: a microphone of this machine is allowed (a card, its number, a name, pulse:SOURCE)");
        }
        catch (CaptureException e)
        {
            problems.Add(e.Message);
        }

        return current;
    }

    /// <summary>libasound's names can carry whole configurations, files included: only a PCM with simple arguments is taken from the network.</summary>
    private static bool IsPlainPcm(string text) =>
        text is "default" or "null" || (text.StartsWith("hw:", StringComparison.Ordinal) || text.StartsWith("plughw:", StringComparison.Ordinal)
            || text.StartsWith("dsnoop:", StringComparison.Ordinal) || text.StartsWith("sysdefault:", StringComparison.Ordinal))
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is ':' or ',' or '=' or '_' or '-');

    private string Folder(JsonProperty setting, string current, List<string> problems)
    {
        if (setting.Value.ValueKind == JsonValueKind.Null) return current;
        if (TextOf(setting.Value) is { Length: > 0 and <= 200 } text && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '/' or '.'))
        {
            // As it was shown in the status; the folder's own name, as existing masters send it; or a folder below.
            var name = Path.GetFileName(home);
            if (text == home || text == name) return home;
            var relative = text.StartsWith(home + "/", StringComparison.Ordinal) ? text[(home.Length + 1)..]
                : text.StartsWith(name + "/", StringComparison.Ordinal) ? text[(name.Length + 1)..] : text;
            if (relative.Split('/').All(part => part.Length > 0 && part[0] != '.')) return Path.Combine(home, relative);
        }

        problems.Add($"{setting.Name} {Show(setting.Value)}: {home} or a folder below it is allowed");
        return current;
    }

    private static string? TextOf(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String) return null;
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null; // half a surrogate pair
        }
    }

    private static string Show(JsonElement value) => value.GetRawText() is { Length: > 60 } raw ? raw[..60] + "..." : value.GetRawText();
}
