using System.Globalization;

namespace Chorale.Audio.Capture.Devices;

public enum DeviceKind
{
    /// <summary>Nothing was asked for: the sound server's default where one runs, else the first USB microphone, else the first card.</summary>
    Unnamed,

    /// <summary>A PCM by libasound's own name: <c>hw:1,0</c>, <c>default</c>, or whatever <c>asound.conf</c> defines.</summary>
    Alsa,

    /// <summary>A source of PulseAudio or PipeWire.</summary>
    Pulse,

    /// <summary>A device by PortAudio's name of it, or part of that.</summary>
    PortAudio,

    /// <summary>A sound file.</summary>
    File,

    /// <summary>The test signal.</summary>
    Tone,

    /// <summary>Whatever ffmpeg can open.</summary>
    Url,

    /// <summary>A card number as <c>arecord -l</c> shows it; PortAudio's number where there is no ALSA.</summary>
    Index,

    /// <summary>A USB microphone by its serial number or the socket it sits in, whatever card number it has today.</summary>
    Usb,

    /// <summary>The name of a card, or part of it.</summary>
    Name,
}

/// <summary>What a person wrote for <c>device</c>, taken apart. Pure: looks at nothing but the text.</summary>
/// <param name="Kind">Which back end, or how to look for it.</param>
/// <param name="Text">What is left behind the prefix; for ALSA and URLs the whole.</param>
/// <param name="IsFast">A file is to be read as fast as it is taken, once.</param>
public sealed record DeviceName(DeviceKind Kind, string Text, bool IsFast = false)
{
    public static DeviceName Parse(string? device)
    {
        var text = device?.Trim() ?? "";
        if (text.Length == 0) return new DeviceName(DeviceKind.Unnamed, "");
        if (text.All(char.IsAsciiDigit))
        {
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? new DeviceName(DeviceKind.Index, text)
                : throw new CaptureException($"device {text} is no card number", isTransient: false);
        }

        if (TryStrip(text, "pulse:", out var rest)) return new DeviceName(DeviceKind.Pulse, rest);
        if (text.Equals("pulse", StringComparison.OrdinalIgnoreCase)) return new DeviceName(DeviceKind.Pulse, "");
        if (TryStrip(text, "portaudio:", out rest)) return new DeviceName(DeviceKind.PortAudio, rest);
        if (TryStrip(text, "tone:", out rest)) return new DeviceName(DeviceKind.Tone, rest);
        if (TryStrip(text, "usb:", out rest)) return Demand(text, new DeviceName(DeviceKind.Usb, rest), "a serial number or a USB path, as 'devices' lists them");
        if (TryStrip(text, "file:", out rest))
        {
            var isFast = rest.EndsWith("?fast", StringComparison.OrdinalIgnoreCase);
            if (isFast) rest = rest[..^5];
            if (rest.StartsWith("///", StringComparison.Ordinal)) rest = rest[2..];
            return Demand(text, new DeviceName(DeviceKind.File, rest, isFast), "a path");
        }

        if (text.Contains("://", StringComparison.Ordinal)) return new DeviceName(DeviceKind.Url, text);
        // A colon makes it a PCM with arguments; these two are PCMs that everybody has.
        if (text.Contains(':') || text is "default" or "null") return new DeviceName(DeviceKind.Alsa, text);
        return new DeviceName(DeviceKind.Name, text);
    }

    private static bool TryStrip(string text, string prefix, out string rest)
    {
        var found = text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase);
        rest = found ? text[prefix.Length..].Trim() : "";
        return found;
    }

    private static DeviceName Demand(string text, DeviceName name, string what)
        => name.Text.Length > 0 ? name : throw new CaptureException($"device {text} needs {what} behind the colon", isTransient: false);
}
