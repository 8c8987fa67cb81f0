namespace Chorale.Protocol;

/// <summary>Bounds that both sides of the wire hold to.</summary>
public static class Limits
{
    /// <summary>A chunk header with 8 channels of levels and a hundred gaps is about 12 kB of JSON; Kestrel takes 32 kB of headers in all.</summary>
    public const int ChunkHeaderCharsMax = 16 * 1024;

    /// <summary>Longest payload taken on a control topic: a thousand times the usual one, and nothing a parser has to fear.</summary>
    public const int ControlBytesMax = 64 * 1024;

    /// <summary>Deepest nesting of a control payload; ours have four levels.</summary>
    public const int ControlDepthMax = 32;

    /// <summary>Longest request id that is echoed.</summary>
    public const int RequestIdCharsMax = 256;
}
