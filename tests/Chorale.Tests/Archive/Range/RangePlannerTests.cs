using Chorale.Archive.Range;
using Chorale.Audio.Files;

namespace Chorale.Tests.Archive.Range;

/// <summary>The decisions alone: which frames, in which order, and that neighbouring ranges share none and miss none.</summary>
public sealed class RangePlannerTests
{
    private const long Second = 1_000_000;
    private const long T0 = 1_767_614_400L * Second;

    [Fact]
    public void A_range_inside_a_chunk_is_the_frames_nearest_to_its_ends()
    {
        var plan = Plan([Chunk("r", 0, 48_000 * 60, T0)], T0 + 10 * Second + 21, T0 + 11 * Second);
        Assert.Equal([(480_001L, 47_999L)], plan.Pieces.Select(p => (p.FromFrame, p.Frames))); // 21 us are one frame
    }

    [Fact]
    public void Chunks_of_a_run_join_whatever_their_clocks_say()
    {
        // The second chunk believes it began 3 ms before the end of the first, the third 2 ms after the end of the second.
        RangeChunk[] run = [Chunk("r", 0, 480_000, T0), Chunk("r", 480_000, 480_000, T0 + 10 * Second - 3000), Chunk("r", 960_000, 480_000, T0 + 20 * Second - 1000)];
        var plan = Plan(run, T0, T0 + 30 * Second - 1000);
        Assert.True(plan.IsOneRun);
        Assert.Equal(1_440_000, plan.Frames);
    }

    [Fact]
    public void A_chunk_missing_inside_a_run_is_a_silence_of_exactly_its_frames()
    {
        RangeChunk[] run = [Chunk("r", 0, 480_000, T0), Chunk("r", 960_123, 480_000, T0 + 20 * Second + 9000)];
        var plan = Plan(run, T0, T0 + 30 * Second + 9000);
        Assert.Equal([480_000L, 480_123, 480_000], plan.Pieces.Select(p => p.Frames));
        Assert.Null(plan.Pieces[1].Chunk);
        Assert.Equal(960_000, Plan(run, T0, T0 + 30 * Second + 9000, GapFill.Skip).Frames);
    }

    [Fact]
    public void Between_runs_the_silence_has_the_length_of_the_wall_time()
    {
        var plan = Plan([Chunk("a", 0, 48_000, T0), Chunk("b", 0, 48_000, T0 + 2 * Second)], T0 - Second, T0 + 4 * Second);
        Assert.Equal([48_000L, 48_000, 48_000, 48_000, 48_000], plan.Pieces.Select(p => p.Frames));
        Assert.Equal([true, false, true, false, true], plan.Pieces.Select(p => p.Chunk is null));
    }

    [Fact]
    public void Of_overlapping_foreign_chunks_the_earlier_is_heard_to_its_end()
    {
        RangeChunk[] foreign = [Foreign(T0, 10), Foreign(T0 + 8 * Second, 10), Foreign(T0 + 9 * Second, 1)];
        var plan = Plan(foreign, T0, T0 + 18 * Second);
        Assert.Equal([(foreign[0].ChunkId, 0L, 480_000L), (foreign[1].ChunkId, 96_000, 384_000)], plan.Pieces.Select(p => (p.Chunk!.ChunkId, p.FromFrame, p.Frames)));
    }

    [Fact]
    public void A_period_cut_anywhere_into_ranges_gives_every_frame_of_it_exactly_once()
    {
        var random = new Random(20260105);
        for (var round = 0; round < 2_000; round++)
        {
            var chunks = RandomArchive(random);
            var (from, to) = (T0 - random.NextInt64(Second), chunks[^1].EndUs + random.NextInt64(Second));
            var gaps = (GapFill)random.Next(2);
            var cuts = Enumerable.Range(0, random.Next(1, 6)).Select(_ => NearBorder(random, chunks, from, to)).Append(from).Append(to).Order().Distinct().ToList();

            var whole = Frames(Plan(chunks, from, to, gaps));
            var parts = cuts.Zip(cuts.Skip(1)).SelectMany(c => Frames(Plan(Around(chunks, c.First, c.Second), c.First, c.Second, gaps))).ToList();

            Assert.True(Merged(whole).SequenceEqual(Merged(parts)), $"round {round}: whole {string.Join(" ", Merged(whole))} parts {string.Join(" ", Merged(parts))} cuts {string.Join(" ", cuts)}, ends {string.Join(" ", chunks.Select(c => c.EndUs))}");
        }
    }

    /// <summary>Runs with jittering clocks, lost chunks and pauses, all at 48 kHz so that frames can be compared.</summary>
    private static List<RangeChunk> RandomArchive(Random random)
    {
        var chunks = new List<RangeChunk>();
        var at = T0;
        for (var run = 0; run < random.Next(1, 4); run++)
        {
            long frame = random.Next(0, 100_000);
            var ppm = random.NextDouble() * 200 - 100;
            for (var i = 0; i < random.Next(1, 6); i++)
            {
                var frames = random.NextInt64(4_800, 96_000);
                if (random.Next(4) != 0) chunks.Add(Chunk($"run{run}", frame, frames, at + random.Next(-60, 60), ppm));
                frame += frames;
                at += (long)(frames / 48_000.0 / (1 + ppm / 1e6) * 1e6);
            }

            at += random.NextInt64(1000, 3 * Second);
        }

        if (chunks.Count == 0) chunks.Add(Chunk("run", 0, 48_000, T0));
        return chunks;
    }

    private static long NearBorder(Random random, List<RangeChunk> chunks, long from, long to)
    {
        var chunk = chunks[random.Next(chunks.Count)];
        var border = random.Next(2) == 0 ? chunk.StartUs : chunk.EndUs;
        return random.Next(3) == 0 ? random.NextInt64(from, to) : Math.Clamp(border + random.Next(-150, 150), from, to);
    }

    /// <summary>What <see cref="RangeSql.Chunks"/> selects.</summary>
    private static List<RangeChunk> Around(List<RangeChunk> all, long from, long to) =>
    [
        .. all.Where(c => (c.StartUs < to && c.EndUs > from) || c == all.LastOrDefault(b => b.StartUs < from) || c == all.FirstOrDefault(a => a.StartUs >= to)),
    ];

    private static IEnumerable<(string? Chunk, long From, long Frames)> Frames(RangePlan plan) =>
        plan.Pieces.Select(p => (p.Chunk?.ChunkId, p.FromFrame, p.Frames));

    private static List<(string? Chunk, long From, long Frames)> Merged(IEnumerable<(string? Chunk, long From, long Frames)> pieces)
    {
        var merged = new List<(string? Chunk, long From, long Frames)>();
        foreach (var piece in pieces.Where(p => p.Frames > 0))
        {
            if (merged.Count > 0 && merged[^1] is var last && last.Chunk == piece.Chunk && (piece.Chunk is null || last.From + last.Frames == piece.From))
                merged[^1] = last with { Frames = last.Frames + piece.Frames };
            else
                merged.Add(piece);
        }

        return merged;
    }

    private static RangePlan Plan(IReadOnlyList<RangeChunk> chunks, long from, long to, GapFill gaps = GapFill.Silence) =>
        RangePlanner.Plan(new RangeRequest("r", from, to, AudioCodec.Wav, gaps), chunks);

    private static RangeChunk Foreign(long startUs, int seconds) =>
        Chunk(null, null, seconds * 48_000, startUs);

    private static RangeChunk Chunk(string? run, long? first, long frames, long startUs, double? ppm = null) => new()
    {
        ChunkId = $"{run}-{first}-{startUs}", RunId = run, FirstFrame = first, Frames = frames, RateHz = 48_000, Channels = 1, Codec = "wav", StartUs = startUs,
        EndUs = startUs + (long)(frames * 1e6 / (48_000 * (1 + (ppm ?? 0) / 1e6))), RatePpm = ppm, Path = "x",
    };
}
