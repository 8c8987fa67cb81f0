namespace Chorale.Protocol;

/// <summary>Bounds that both sides of the wire hold to.</summary>
public static class Limits
{
    /// <summary>A chunk header with 8 channels of levels and a hundred gaps is about 12 kB of JSON; Kestrel takes 32 kB of headers in all.</summary>
    public const int ChunkHeaderCharsMax = 16 * 1024;
}
