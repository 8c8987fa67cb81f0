using Chorale.Archive.Index;
using Chorale.Hub;
using Dapper;

namespace Chorale.SystemTests;

/// <summary>Archives to look at: rows without files, where nothing of them is played.</summary>
internal static class TimelineScenes
{
    private const long Second = 1_000_000;

    /// <summary>Chunks of a minute at equal distances.</summary>
    public static void Chunks(HubHost hub, string recorder, long startUs, int count, long every) => hub.Index.Write((c, t) =>
    {
        for (var n = 0; n < count; n++) ChunkSql.Insert(c, t, Row(recorder, n, startUs + n * every));
    });

    /// <summary>Recorders <c>mic-1</c> and on, each without a gap, with the levels of their hours.</summary>
    public static void Fleet(HubHost hub, int recorders, long startUs, int chunksEach) => hub.Index.Write((c, t) =>
    {
        for (var r = 1; r <= recorders; r++)
        {
            var id = $"mic-{r}";
            RecorderSql.Seen(c, t, new RecorderSeen(id, null, null, null, startUs + chunksEach * 60 * Second, null, 0));
            for (var n = 0; n < chunksEach; n++) ChunkSql.Insert(c, t, Row(id, n, startUs + n * 60 * Second));
            for (var hour = startUs / 3_600_000_000; hour <= (startUs + chunksEach * 60 * Second) / 3_600_000_000; hour++)
            {
                var slots = new byte[720];
                for (var slot = 0; slot < 360; slot++) (slots[2 * slot], slots[2 * slot + 1]) = ((byte)(190 + (slot + r) % 40), (byte)(150 + (slot * r) % 30));
                c.Execute("INSERT INTO loudness VALUES (@id, @hour, @slots); INSERT INTO loudness_hours VALUES (@id, @hour, 230, 160, 150)", new { id, hour, slots }, t);
            }
        }
    });

    public static Task OutlinedAsync(HubHost hub, int count) =>
        Wait.Until($"{count} outlines are made", () => hub.Index.Read(c => c.ExecuteScalar<long>("SELECT count(*) FROM peaks")) >= count, TimeSpan.FromMinutes(3));

    private static ChunkRow Row(string recorder, int n, long startUs) => new()
    {
        ChunkId = $"{recorder}-{n}", RecorderId = recorder, Frames = 60 * 48_000, RateHz = 48_000, Channels = 1, Codec = "opus", StartUs = startUs, EndUs = startUs + 60 * Second,
        Path = $"audio/{recorder}-{n}.ogg", SizeBytes = 180_000, Sha256 = "", ReceivedUs = startUs,
    };
}
