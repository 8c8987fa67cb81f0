using Chorale.Archive.Index;

namespace Chorale.Tests.Hub;

public sealed class HubRetentionTests
{
    [Fact]
    public async Task A_running_hub_deletes_what_is_too_old_and_the_timeline_says_why()
    {
        var time = new ManualTime(new DateTimeOffset(2026, 1, 5, 12, 0, 0, TimeSpan.Zero));
        await using var hub = await TestHub.StartAsync(s => s with { KeepFor = TimeSpan.FromDays(2) }, time: time);
        var agent = new RecorderAgentClient(hub.IssueDevice());
        foreach (var (day, seed) in ((int, int)[])[(4, 1), (5, 2)])
            Assert.Equal(200, (await RawHttp.SendAsync(hub.Url, agent.Request(OggChunk.Make(60, seed), $"2026-01-0{day}T10:00:00", $"2026-01-0{day}T10:01:00"))).Status);
        var old = hub.Chunks()[0];

        time.Step(TimeSpan.FromDays(0.9)); // less than a leap: the first is nearly three days old, the second not two
        await Wait.Until("the old chunk is gone", () =>
        {
            time.Advance(TimeSpan.FromMinutes(1));
            return hub.Chunks().Count == 1 && !File.Exists(Path.Combine(hub.Host.Store.Folder, old.Path));
        });

        Assert.Equal(5, Chorale.Protocol.WallTime.FromMicroseconds(Assert.Single(hub.Chunks()).StartUs).Day);
        using var http = new HttpClient { BaseAddress = hub.Url };
        var told = await http.GetStringAsync($"/api/v2/timeline?from={old.StartUs}&to={old.EndUs}");
        var gap = System.Text.Json.JsonDocument.Parse(told).RootElement.GetProperty("recorders")[0].GetProperty("gaps")[0];
        Assert.Equal(("retention", old.StartUs, old.EndUs), (gap.GetProperty("cause").GetString(), gap.GetProperty("from_us").GetInt64(), gap.GetProperty("to_us").GetInt64()));
        Assert.True(hub.Log.Has("archive_cleanup"));
    }

    [Fact]
    public async Task A_hub_on_a_disk_that_is_nearly_full_says_at_its_start_that_it_will_delete()
    {
        await using (var roomy = await TestHub.StartAsync(s => s with { FreeBytesFloor = 0 })) Assert.False(roomy.Log.Has("free_space_under_floor"));
        await using var hub = await TestHub.StartAsync(s => s with { FreeBytesFloor = 1L << 60 });
        var line = Assert.Single(hub.Log.Lines, l => l.Event == "free_space_under_floor");
        Assert.Contains("free_floor", line.Text);
    }
}
