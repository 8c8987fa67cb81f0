namespace Chorale.Audio.Files;

/// <summary>What the two header pages of an Ogg Opus stream say (RFC 7845 §5), for who sees a stream page by page.</summary>
/// <param name="Channels">1 or more.</param>
/// <param name="PreSkip">Samples at 48 kHz to discard at the start.</param>
/// <param name="Tags">In the order of the stream.</param>
public sealed record OpusStart(int Channels, int PreSkip, IReadOnlyList<AudioTag> Tags)
{
    public static bool IsHead(OggPage page) => (page.Flags & OggPage.First) != 0 && page.Body.StartsWith("OpusHead"u8);

    /// <summary>False when these are not the first two pages of one stream, or the comments do not end in the second.</summary>
    public static bool TryRead(ReadOnlySpan<byte> headPage, ReadOnlySpan<byte> tagsPage, out OpusStart start)
    {
        start = null!;
        if (!OggPage.TryRead(headPage, out var head) || !OggPage.TryRead(tagsPage, out var tags) || !IsHead(head) || head.Serial != tags.Serial
            || !OpusHeaders.TryReadHead(head.Body, out var read) || !tags.Body.StartsWith("OpusTags"u8) || tags.Lacing is [] or [.., 255])
        {
            return false;
        }

        start = new OpusStart(read.Channels, read.PreSkip, OpusHeaders.ReadComments(tags.Body[8..]));
        return true;
    }
}
