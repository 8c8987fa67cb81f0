namespace Chorale.Audio.Files;

/// <summary>Ogg Opus by its pages: only those with a valid CRC count.</summary>
internal static class OpusInspection
{
    /// <summary>A comment header beyond this is read no further.</summary>
    private const int CommentBytesMax = 1 << 20;

    /// <summary>120 ms, the longest packet there is.</summary>
    private const int PacketSamplesMax = 5760;

    /// <returns>Null when it is Ogg, but not Opus.</returns>
    public static ChunkInspection? Inspect(Stream stream)
    {
        using var pages = new OggPages(stream);
        if (!pages.MoveNext()) return ChunkFiles.Nothing(ChunkCondition.NotAudio, "no Ogg page is whole", AudioCodec.Opus);
        if (pages.Offset > 0 || (pages.Current.Flags & OggPage.First) == 0)
            return ChunkFiles.Nothing(ChunkCondition.NotAudio, $"the header page is damaged; whole pages begin at byte {pages.Offset}", AudioCodec.Opus);
        if (!OpusHeaders.TryReadHead(pages.Current.Body, out var head))
        {
            return pages.Current.Body.StartsWith("OpusHead"u8)
                ? ChunkFiles.Nothing(ChunkCondition.NotAudio, "the Opus header is of a version that nobody can read", AudioCodec.Opus)
                : null;
        }

        var walk = new Walk(head, pages.Current.Serial, pages.Current.Sequence, pages.NextOffset);
        while (pages.MoveNext()) walk.Add(pages);
        return walk.Conclude(stream);
    }

    /// <summary>Cuts after the last good page and marks it as the last: first the cut, then 22 bytes of the page's header.</summary>
    public static void Repair(Stream stream, ChunkInspection found)
    {
        stream.SetLength(found.ValidBytes);
        stream.Position = 0;
        using var pages = new OggPages(stream);
        long offset = 0;
        byte[] last = [];
        while (pages.MoveNext())
        {
            if (pages.NextOffset < found.ValidBytes) continue;
            offset = pages.Offset;
            last = pages.Current.Bytes.ToArray();
        }

        if (last.Length == 0 || (last[5] & OggPage.Last) != 0) return;
        last[5] |= OggPage.Last;
        OggPage.Seal(last);
        stream.Position = offset + 5;
        stream.Write(last, 5, 21);
    }

    /// <summary>What the pages after the header add up to.</summary>
    private sealed class Walk(OpusHeaders.Head head, uint serial, uint sequence, long headerBytes)
    {
        private readonly List<byte> _comment = [];
        private List<AudioTag>? _tags;
        private long _validBytes = headerBytes;
        private long _granule;
        private long _samples;
        private long _missingSamples;
        private int _holes;
        private int _foreignPages;
        private bool _ended;
        private bool _startLost;
        private string? _firstHole;

        public void Add(OggPages pages)
        {
            var page = pages.Current;
            if (page.Serial != serial)
            {
                _foreignPages++;
                return;
            }

            var isGap = page.Sequence != sequence + 1 || pages.SkippedBytes > 0;
            if (isGap) AddHole($"page {sequence + 1} is damaged or missing, {pages.SkippedBytes} bytes before byte {pages.Offset} are no page");
            sequence = page.Sequence;
            if (_tags is not null || page.GranulePosition > 0) AddAudio(page, isGap, pages.NextOffset);
            else AddComment(page, pages.NextOffset);
        }

        public ChunkInspection Conclude(Stream stream)
        {
            var frames = Math.Max(0, _samples - (_startLost ? 0 : head.PreSkip));
            var trailing = _foreignPages > 0 ? 0 : stream.Length - _validBytes;
            var condition = frames == 0 ? ChunkCondition.Empty
                : _holes > 0 ? ChunkCondition.Hole
                : trailing > 0 || !_ended ? ChunkCondition.TornTail
                : ChunkCondition.Intact;
            var detail = new List<string>();
            if (frames == 0) detail.Add("a header and no audio");
            if (_firstHole is not null) detail.Add($"holes: {_holes}, missing samples: {_missingSamples}, first: {_firstHole}");
            if (trailing > 0) detail.Add($"{trailing} bytes after the last whole page are {(ChunkFiles.IsAllZero(stream, _validBytes) ? "zero" : "torn")}");
            else if (!_ended && frames > 0) detail.Add("the last page is not marked as the last");
            if (_foreignPages > 0) detail.Add($"{_foreignPages} pages of another stream");
            return new ChunkInspection(
                condition, AudioCodec.Opus, OpusFrameSource.SampleRateHz, head.InputRateHz > 0 ? head.InputRateHz : OpusFrameSource.SampleRateHz,
                head.Channels, frames, _validBytes, _tags ?? [], detail.Count > 0 ? string.Join("; ", detail) : "whole");
        }

        private void AddHole(string what)
        {
            _holes++;
            _firstHole ??= what;
        }

        private void AddComment(OggPage page, long endOffset)
        {
            _validBytes = endOffset;
            if (_comment.Count < CommentBytesMax) _comment.AddRange(page.Body);
            if (page.Lacing is [.., 255]) return;
            ReadOnlySpan<byte> packet = _comment.ToArray();
            _tags = packet.StartsWith("OpusTags"u8) ? OpusHeaders.ReadComments(packet[8..]) : [];
        }

        private void AddAudio(OggPage page, bool isGap, long endOffset)
        {
            var isFirst = _granule == 0;
            if (isFirst) _startLost = isGap && page.Sequence > 2;
            _tags ??= []; // the comments are lost, the audio is not
            if (page.GranulePosition < 0) return; // no packet ends here: what it holds counts with the page that ends it
            var samples = SamplesOf(page);
            var advance = page.GranulePosition - _granule;
            if ((page.Flags & OggPage.Continued) != 0) samples += Math.Clamp(advance - samples, 0, PacketSamplesMax);
            // What the packets hold bounds what the granule positions claim; where the end is trimmed it is the other way round.
            _samples += Math.Clamp(advance, 0, samples);
            if (advance > samples && !isFirst)
            {
                _missingSamples += advance - samples;
                if (!isGap) AddHole($"the position of page {page.Sequence} is {advance - samples} samples ahead of its packets");
            }

            _granule = Math.Max(_granule, page.GranulePosition);
            _validBytes = endOffset;
            _ended = (page.Flags & OggPage.Last) != 0;
        }

        /// <summary>Of the packets that begin and end in this page.</summary>
        private static long SamplesOf(OggPage page)
        {
            var samples = 0L;
            var (start, end) = (0, 0);
            foreach (var lacing in page.Lacing)
            {
                end += lacing;
                if (lacing == 255) continue;
                var isContinued = start == 0 && (page.Flags & OggPage.Continued) != 0;
                samples += isContinued ? 0 : OpusHeaders.SamplesOf(page.Body[start..end]);
                start = end;
            }

            return samples;
        }
    }
}
