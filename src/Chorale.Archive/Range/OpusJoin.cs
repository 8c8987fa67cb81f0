using System.Security.Cryptography;

namespace Chorale.Archive.Range;

/// <summary>
/// Joins Opus chunks of one run without touching their packets. Files of a run share the packets around each cut; pre-skip and end
/// trim say whose the samples are. Laid out on one line of 48 kHz samples, a packet that is already written is recognised by its
/// position and compared by its bytes; whatever does not fit exactly makes the range one to be decoded and encoded instead.
/// </summary>
internal sealed class OpusJoin
{
    /// <summary>RFC 7845 section 4.2: a decoder that starts mid-stream converges within 80 ms.</summary>
    private const int ConvergenceSamples = 3840;

    /// <summary>Packets remembered at either end of a file; a cut repeats about 10.</summary>
    private const int EdgePackets = 64;

    private readonly List<Link> _links;

    /// <summary>Not looked at yet: while what is before them is being heard there is time for it.</summary>
    private readonly Queue<RangePiece> _later;
    private readonly Func<RangeChunk, string> _pathOf;
    private readonly long _from, _frames;

    /// <summary>The first packet written is the one that holds this sample, or the first there is.</summary>
    private readonly long _start;

    private OpusJoin(List<Link> links, Queue<RangePiece> later, Func<RangeChunk, string> pathOf, long from, long frames, long start) =>
        (_links, _later, _pathOf, _from, _frames, _start) = (links, later, pathOf, from, frames, start);

    /// <summary>Frames at 48 kHz that the stream holds; less if something that was not looked at beforehand does not join.</summary>
    public long Frames => _frames;

    /// <param name="plan">One run of Opus chunks, see <see cref="RangePlan.IsOneRun"/>.</param>
    /// <param name="before">The chunk before the first, where the archive has it: its last packets let the decoder converge.</param>
    /// <param name="pathOf">Full path of a chunk.</param>
    /// <param name="looked">
    /// At least so many chunks are looked at before this returns, each packet once. For a file that is all of them; a player can begin
    /// earlier, and its stream ends where a later one turns out not to join: it asks for another one from there.
    /// </param>
    /// <returns>Null when the packets do not join; the range must be decoded.</returns>
    public static OpusJoin? TryPlan(RangePlan plan, RangeChunk? before, Func<RangeChunk, string> pathOf, int looked, CancellationToken cancel)
    {
        var links = new List<Link>();
        var later = new Queue<RangePiece>(plan.Pieces);
        while (later.Count > 0 && links.Count < looked)
        {
            if (Next(links.LastOrDefault(), later.Dequeue(), pathOf, cancel) is not { } link) return null;
            links.Add(link);
        }

        var from = plan.Pieces[0].FromFrame;
        if (before is not null && from < ConvergenceSamples && Look(pathOf(before), cancel) is { } earlier)
        {
            var link = new Link(earlier, -earlier.Length);
            if (link.Fits(links[0])) links.Insert(0, link);
        }

        return new OpusJoin(links, later, pathOf, from, plan.Pieces.Sum(p => p.Frames), from - ConvergenceSamples);
    }

    /// <summary>A piece behind the last one; null when it cannot be read as it should be, or does not join.</summary>
    private static Link? Next(Link? last, RangePiece piece, Func<RangeChunk, string> pathOf, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (Look(pathOf(piece.Chunk!), cancel) is not { } file || file.Length != piece.Chunk!.Decoded(piece.Chunk.Frames)) return null;
        var link = new Link(file, last is null ? 0 : last.End);
        return last is null || last.Fits(link) ? link : null;
    }

    /// <summary>The one behind is looked at before the packets of a link are written: only then is it known where those end.</summary>
    private IEnumerable<(Link Link, long End)> Links(CancellationToken cancel)
    {
        var last = _links[^1];
        foreach (var link in _links[..^1]) yield return (link, _from + _frames);
        while (_later.TryDequeue(out var piece) && Next(last, piece, _pathOf, cancel) is { } next)
        {
            yield return (last, _from + _frames);
            last = next;
        }

        yield return (last, Math.Min(_from + _frames, last.End));
    }

    public async Task WriteAsync(Stream output, IEnumerable<string> comments, CancellationToken cancel)
    {
        var writer = new OggOpusWriter(output, BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4)));
        var (begun, preSkip, last) = (false, 0L, _from + _frames);
        var written = long.MinValue; // end of the packet written last, on the line
        foreach (var (link, end) in Links(cancel))
        {
            last = end;
            using var reader = new OggOpusReader(link.File.Path);
            while (reader.Next() is { } packet)
            {
                var after = link.FirstSample + reader.Position;
                var samples = OggOpusReader.Duration(packet.Span);
                var at = after - samples;
                if (at < written || after <= _start) continue;
                if (at >= end) break;
                if (!begun)
                {
                    preSkip = _from - at;
                    await writer.BeginAsync(reader.Head, (int)preSkip, comments, cancel);
                    begun = true;
                }

                await writer.WriteAsync(packet, samples, cancel);
                written = after;
            }
        }

        await writer.EndAsync(preSkip + last - _from, cancel);
    }

    private static Edges? Look(string path, CancellationToken cancel)
    {
        try
        {
            using var reader = new OggOpusReader(path);
            if (reader.Head[18] != 0) return null; // mapping families with several streams
            var (first, last) = (new List<Mark>(), new Queue<Mark>());
            while (reader.Next() is { } packet)
            {
                cancel.ThrowIfCancellationRequested();
                var samples = OggOpusReader.Duration(packet.Span);
                if (samples == 0) return null;
                var mark = new Mark(reader.Position - samples, samples, Hash(packet.Span));
                if (first.Count < EdgePackets) first.Add(mark);
                last.Enqueue(mark);
                if (last.Count > EdgePackets) last.Dequeue();
            }

            return new Edges(path, reader.PreSkip, reader.Channels, reader.Granule - reader.PreSkip, reader.Position, first, [.. last]);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return null; // the decoder reads around damage, and says what is missing
        }
    }

    /// <summary>FNV-1a: tells equal packets from others, nobody gains by forging one.</summary>
    private static ulong Hash(ReadOnlySpan<byte> packet)
    {
        var hash = 14695981039346656037UL;
        foreach (var b in packet) hash = (hash ^ b) * 1099511628211UL;
        return hash;
    }

    /// <param name="At">Beginning in its file.</param>
    private readonly record struct Mark(long At, int Samples, ulong Hash);

    private sealed record Edges(string Path, int PreSkip, int Channels, long Length, long Samples, List<Mark> First, List<Mark> Last);

    /// <summary>A file on the line.</summary>
    /// <param name="Origin">Where its first audible frame lies.</param>
    private sealed record Link(Edges File, long Origin)
    {
        public long FirstSample => Origin - File.PreSkip;

        /// <summary>Where the one behind it begins.</summary>
        public long End => Origin + File.Length;

        public bool Fits(Link next)
        {
            if (File.Channels != next.File.Channels) return false;
            var end = FirstSample + File.Samples;
            foreach (var mark in next.File.First)
            {
                var at = next.FirstSample + mark.At;
                if (at >= end) return at == end;
                if (!File.Last.Exists(m => m.At + FirstSample == at && m.Samples == mark.Samples && m.Hash == mark.Hash)) return false;
            }

            return false;
        }
    }
}
