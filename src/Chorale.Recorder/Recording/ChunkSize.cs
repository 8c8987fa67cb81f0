using Chorale.Audio.Files;
using Chorale.Audio.Pcm;

namespace Chorale.Recorder.Recording;

/// <summary>Guesses how large a chunk's file gets, for the zero fill of its file. Pure.</summary>
internal static class ChunkSize
{
    // Ogg: 25 pages a second of 27 bytes + 2 lacing values; headers and tags about 1.5 kB.
    private const int OggBytesPerSecond = 25 * 29;
    private const int HeaderBytes = 1536;

    public static long Expected(EncoderSettings encoder, PcmFormat format, TimeSpan length) => encoder.Codec switch
    {
        AudioCodec.Opus => HeaderBytes + (long)(length.TotalSeconds * (encoder.BitrateBps / 8.0 + OggBytesPerSecond)),
        _ => HeaderBytes + format.FramesIn(length) * format.BytesPerFrame,
    };
}
