using System.Buffers;
using System.IO.Pipelines;
using Chorale.Archive.Copies;
using Chorale.Audio.Files;

namespace Chorale.Hub.Listening;

/// <summary>Reads pages from a body that goes on. Memory: one page at most; what is no page is skipped, and too much of it ends the stream.</summary>
internal sealed class LiveIntake(LiveLine line, CopyFolder copies)
{
    /// <summary>A recorder of ours sends none at all.</summary>
    private const long GarbageBytesMax = 1 << 20;

    private readonly byte[] _page = new byte[OggPage.BytesMax];
    private long _garbage;

    /// <summary>Pages taken.</summary>
    public long Pages { get; private set; }

    /// <summary>Takes what pages there are.</summary>
    /// <param name="buffer">What has been read and not used yet.</param>
    /// <param name="used">To where it has been used.</param>
    /// <returns>Why the stream cannot go on; null when it can.</returns>
    public string? Take(ReadOnlySequence<byte> buffer, out SequencePosition used)
    {
        while (true)
        {
            used = buffer.Start;
            var count = (int)Math.Min(buffer.Length, _page.Length);
            buffer.Slice(0, count).CopyTo(_page);
            var bytes = _page.AsSpan(0, count);
            var length = OggPage.LengthAt(bytes);
            if (length == 0 && count < OggPage.HeaderBytesMax && CouldBegin(bytes)) return null;
            if (length > count) return null;
            if (OggPage.TryRead(bytes, out var page))
            {
                Pages++;
                if (line.Take(page, copies) is { } problem) return problem;
                buffer = buffer.Slice(length);
                continue;
            }

            var next = bytes.Length > 1 ? bytes[1..].IndexOf("OggS"u8) : -1;
            var skip = next >= 0 ? next + 1 : Math.Max(1, count - 3);
            if (_garbage == 0) line.CountBad(1);
            _garbage += skip;
            if (_garbage > GarbageBytesMax) return $"more than {GarbageBytesMax} bytes that are no Ogg pages";
            buffer = buffer.Slice(skip);
        }
    }

    /// <summary>Less than a header: the rest may come.</summary>
    private static bool CouldBegin(ReadOnlySpan<byte> bytes)
    {
        var magic = "OggS"u8;
        return bytes.Length == 0 || bytes[..Math.Min(4, bytes.Length)].SequenceEqual(magic[..Math.Min(4, bytes.Length)]);
    }
}
