using Chorale.Protocol;

namespace Chorale.Tests.Hub;

public sealed class IngestApiTests
{
    [Fact]
    public async Task An_unchanged_recorder_agent_gets_exactly_the_200_it_counts()
    {
        await using var hub = await TestHub.StartAsync();
        var agent = new RecorderAgentClient(hub.IssueDevice());
        var file = OggChunk.Make(60);

        var reply = await RawHttp.SendAsync(hub.Url, agent.Request(file));

        Assert.Equal(200, reply.Status);
        Assert.StartsWith("application/json", reply.Headers["Content-Type"], StringComparison.Ordinal);
        var json = TestHub.Json(reply);
        var row = Assert.Single(hub.Chunks());
        Assert.Equal("ok", json.GetProperty("status").GetString());
        Assert.True(json.GetProperty("queued").GetBoolean());
        Assert.Equal(row.ChunkId, json.GetProperty("chunk_id").GetString());
        Assert.Equal($"audio/{TestHub.Point}/{TestHub.Register}/2026-01-05/10/chunk_20260105_100000_{row.ChunkId}.ogg", json.GetProperty("stored_path").GetString());
        Assert.Equal(file, hub.Stored(row));
        Assert.Equal("2026-01-05T10:00:00.000000Z", WallTime.ToText(row.StartUs));
        Assert.Equal(60_000_000, row.EndUs - row.StartUs);
        Assert.Null(row.Label);
    }
}
