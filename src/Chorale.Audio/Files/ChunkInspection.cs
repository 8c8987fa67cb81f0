namespace Chorale.Audio.Files;

/// <summary>What a look at a file's bytes tells, without believing its name, size or header.</summary>
public enum ChunkCondition
{
    /// <summary>Complete to its last byte.</summary>
    Intact,

    /// <summary>Good up to <see cref="ChunkInspection.ValidBytes"/>; what follows is torn, zero or missing, and can be cut off or repaired.</summary>
    TornTail,

    /// <summary>Good pages before and after a hole; the times of what is left are right.</summary>
    Hole,

    /// <summary>0 bytes, all zero, or a header with no audio: nothing was recorded in it.</summary>
    Empty,

    /// <summary>Nothing we can read as audio.</summary>
    NotAudio,
}

/// <param name="Condition">How whole it is.</param>
/// <param name="Codec">Null when it is not audio.</param>
/// <param name="SampleRateHz">Rate of the decoded audio (48 000 for Opus); 0 unknown.</param>
/// <param name="SourceRateHz">Rate that was captured, where the file says so; else as <paramref name="SampleRateHz"/>.</param>
/// <param name="Channels">Channels; 0 unknown.</param>
/// <param name="Frames">Decoded frames at <paramref name="SampleRateHz"/>, holes not counted.</param>
/// <param name="ValidBytes">Bytes from the start that hold together.</param>
/// <param name="Tags">Tags found, in order.</param>
/// <param name="Detail">In words, for a log or a label: <c>page 17 fails its CRC</c>.</param>
public sealed record ChunkInspection(
    ChunkCondition Condition, AudioCodec? Codec, int SampleRateHz, int SourceRateHz, int Channels, long Frames, long ValidBytes,
    IReadOnlyList<AudioTag> Tags, string Detail);
