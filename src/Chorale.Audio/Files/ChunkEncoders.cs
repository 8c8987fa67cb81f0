using Chorale.Audio.Pcm;

namespace Chorale.Audio.Files;

/// <summary>Makes the encoder for a codec, or says what is allowed.</summary>
public static class ChunkEncoders
{
    public const int OpusBitrateMinBps = 6_000;
    public const int OpusBitrateMaxBps = 510_000;
    public const int SampleRateMinHz = 8_000;
    public const int SampleRateMaxHz = 192_000;
    public const int ChannelsMax = 8;

    /// <param name="settings">Codec and its strength.</param>
    /// <param name="input">What <see cref="IChunkEncoder.Write"/> will be given.</param>
    /// <param name="completed">Called on the thread that uses the encoder, inside Write, Cut or End, in the order of the files.</param>
    /// <exception cref="AudioFileException">The codec cannot do this; the message names the value and what is allowed.</exception>
    public static IChunkEncoder Create(EncoderSettings settings, PcmFormat input, ChunkCompleted completed)
    {
        if (Problem(settings, input) is { } problem) throw new AudioFileException(problem);
        return settings.Codec switch
        {
            AudioCodec.Opus => new OpusChunkEncoder(settings, input, completed),
            AudioCodec.Flac => new FlacChunkEncoder(settings, input, completed),
            _ => new WavChunkEncoder(input, completed),
        };
    }

    /// <summary>Why these settings cannot work with this input, in words; null when they can. For settings to be checked before anything is opened.</summary>
    public static string? Problem(EncoderSettings settings, PcmFormat input)
    {
        if (!Enum.IsDefined(settings.Codec)) return $"codec {settings.Codec}: allowed are opus, flac and wav";
        if (input.SampleRateHz is < SampleRateMinHz or > SampleRateMaxHz)
            return $"sample rate {input.SampleRateHz} Hz: allowed are {SampleRateMinHz} to {SampleRateMaxHz}";
        if (input.Channels is < 1 or > ChannelsMax) return $"{input.Channels} channels: allowed are 1 to {ChannelsMax}";
        if (settings.Codec == AudioCodec.Opus && input.Channels > 2)
            return $"{input.Channels} channels with opus: allowed are 1 and 2; flac and wav take up to {ChannelsMax}";
        if (settings.Codec == AudioCodec.Opus && settings.BitrateBps is < OpusBitrateMinBps or > OpusBitrateMaxBps)
            return $"opus bitrate {settings.BitrateBps} bit/s: allowed are {OpusBitrateMinBps} to {OpusBitrateMaxBps}";
        if (settings.Codec == AudioCodec.Opus && settings.Complexity is < 0 or > 10)
            return $"opus complexity {settings.Complexity}: allowed are 0 to 10";
        if (settings.Codec == AudioCodec.Flac && settings.Complexity is < 0 or > 8)
            return $"flac complexity {settings.Complexity}: allowed are 0 to 8";
        return null;
    }

    /// <summary>A tag name as Vorbis comments allow it: printable ASCII without '='.</summary>
    internal static void ThrowIfBadTag(AudioTag tag)
    {
        if (tag.Name.Length == 0 || tag.Name.Any(c => c is < ' ' or > '}' or '='))
            throw new ArgumentException($"tag name '{tag.Name}': allowed are printable ASCII characters without '='");
        if (tag.Value.Contains('\0')) throw new ArgumentException($"the value of tag '{tag.Name}' contains a NUL");
    }
}
