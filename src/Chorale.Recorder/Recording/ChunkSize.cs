using Chorale.Audio.Files;
using Chorale.Audio.Pcm;

namespace Chorale.Recorder.Recording;

/// <summary>Guesses how large a chunk's file gets, for the zero fill of its file. Pure.</summary>
internal static class ChunkSize
{
    // Ogg: 50 packets a second, three a page of 27 bytes + 3 lacing values; headers and tags about 1.5 kB.
    private const int OggBytesPerSecond = 500;
    private const int HeaderBytes = 1536;

    public static long Expected(EncoderSettings encoder, PcmFormat format, TimeSpan length) => encoder.Codec switch
    {
        AudioCodec.Opus => HeaderBytes + (long)(length.TotalSeconds * (encoder.BitrateBps / 8.0 + OggBytesPerSecond)),
        _ => HeaderBytes + format.FramesIn(length) * format.BytesPerFrame,
    };
}
