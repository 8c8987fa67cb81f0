namespace Chorale.Audio.Files;

public enum AudioCodec
{
    Opus,
    Flac,
    Wav,
}

/// <param name="Codec">Container and codec of the files: Ogg Opus, FLAC or WAV.</param>
/// <param name="BitrateBps">Opus only: 6 000 to 510 000.</param>
/// <param name="Complexity">Opus 0 to 10, FLAC 0 to 8.</param>
public sealed record EncoderSettings(AudioCodec Codec, int BitrateBps = 32_000, int Complexity = 5);

/// <summary>One tag of a file: an Ogg or FLAC comment, or its nearest RIFF field.</summary>
public readonly record struct AudioTag(string Name, string Value);

/// <summary>
/// Encodes one run into files that join without a frame missing. It writes to streams that somebody else makes durable, and is used by
/// one thread. An Opus chunk is complete up to 36 ms of audio after it was cut, so completion is reported, not returned.
/// </summary>
public interface IChunkEncoder : IDisposable
{
    /// <summary>Frames written since <see cref="Begin"/> whose encoded bytes have been given to a stream; the rest is still in the codec.</summary>
    long FramesOut { get; }

    /// <summary>
    /// Frames to be written until the codec gives bytes to a stream again. Somebody who waits for so many loses nothing by it: written
    /// earlier they would lie in the codec.
    /// </summary>
    int FramesToNextOutput { get; }

    /// <summary>Starts the first file of the run.</summary>
    void Begin(Stream output, IReadOnlyList<AudioTag> tags);

    /// <summary>Encodes whole interleaved frames in the format given at creation. Whatever the codec can give at once is in the stream on return.</summary>
    void Write(ReadOnlySpan<byte> interleaved);

    /// <summary>Ends the current file with exactly the frames written so far and goes on into <paramref name="next"/>.</summary>
    void Cut(Stream next, IReadOnlyList<AudioTag> tags);

    /// <summary>Ends the last file with exactly the frames written; every stream has been reported complete on return.</summary>
    void End();
}

/// <summary>A file was completed: its last byte is in its stream.</summary>
/// <param name="output">The stream given to Begin or Cut.</param>
/// <param name="frames">Frames of the source (at the source's rate) that this file holds.</param>
public delegate void ChunkCompleted(Stream output, long frames);
