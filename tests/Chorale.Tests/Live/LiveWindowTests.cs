using System.Buffers.Binary;
using Chorale.Audio.Files;
using Chorale.Recorder.Live;

namespace Chorale.Tests.Live;

/// <summary>What stands between the recording thread and the network: it never waits, and whoever joins can use what he gets.</summary>
public sealed class LiveWindowTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Who_joins_in_mid_chunk_gets_its_headers_and_then_what_comes_from_now_on()
    {
        var window = new LiveWindow(isWhole: false, _time);
        Chunk(window, 1, pages: 5);
        window.Join();
        Audio(window, 1, 6);
        Assert.Equal(["1:0", "1:1", "1:6"], Take(window));
        Chunk(window, 2, pages: 1);
        Assert.Equal(["2:0", "2:1", "2:2"], Take(window));
    }

    [Fact]
    public void A_second_copy_begins_at_the_start_of_the_open_chunk_each_time()
    {
        var window = new LiveWindow(isWhole: true, _time);
        Chunk(window, 1, pages: 2);
        Chunk(window, 2, pages: 2);
        window.Join();
        Assert.Equal(["2:0", "2:1", "2:2", "2:3"], Take(window));
        window.Leave();
        Audio(window, 2, 4);
        window.Join();
        Assert.Equal(["2:0", "2:1", "2:2", "2:3", "2:4"], Take(window));
    }

    [Fact]
    public void The_tail_of_a_chunk_is_still_sent_when_the_next_has_begun()
    {
        var window = new LiveWindow(isWhole: true, _time);
        Chunk(window, 1, pages: 1);
        window.Join();
        Take(window);
        Audio(window, 1, 3);
        Chunk(window, 2, pages: 1);
        Assert.Equal(["1:3", "2:0", "2:1", "2:2"], Take(window));
    }

    [Fact]
    public void Nobody_hears_what_is_older_than_three_seconds_and_it_is_counted()
    {
        var window = new LiveWindow(isWhole: false, _time);
        Chunk(window, 1, pages: 0);
        window.Join();
        Take(window);
        for (var page = 2; page < 12; page++) Audio(window, 1, page);
        _time.Advance(TimeSpan.FromSeconds(4));
        Audio(window, 1, 12);
        Assert.Equal(["1:12"], Take(window));
        Assert.Equal(10, window.Dropped);
    }

    [Fact]
    public void A_dead_network_costs_four_megabytes_and_what_does_not_fit_is_counted()
    {
        var window = new LiveWindow(isWhole: true, _time);
        Chunk(window, 1, pages: 0);
        window.Join();
        for (var page = 2; page < 200; page++) Audio(window, 1, page, bytes: 60_000);
        var taken = Take(window);
        Assert.Equal(["1:0", "1:1"], taken.Take(2)); // without its head a chunk is of no use
        Assert.InRange(taken.Count, 60, 72);
        Assert.Equal("1:199", taken[^1]);
        Assert.InRange(window.Dropped, 125, 145);
    }

    [Fact]
    public void While_nobody_reads_nothing_is_kept_but_the_headers()
    {
        var window = new LiveWindow(isWhole: false, _time);
        Assert.False(window.IsOpen);
        for (var chunk = 1; chunk < 100; chunk++) Chunk(window, chunk, pages: 100);
        window.Join();
        Assert.Equal(["99:0", "99:1"], Take(window));
        window.Leave();
        Assert.False(window.IsOpen);
    }

    private static void Chunk(LiveWindow window, int serial, int pages)
    {
        window.Add(OggPage.Make(OggPage.First, (uint)serial, 0, "OpusHead"u8));
        window.Add(OggPage.Make(0, (uint)serial, 1, "OpusTags"u8));
        for (var page = 2; page < 2 + pages; page++) Audio(window, serial, page);
    }

    private static void Audio(LiveWindow window, int serial, int sequence, int bytes = 10)
    {
        var page = OggPage.Make(0, (uint)serial, (uint)sequence, new byte[bytes]);
        BinaryPrimitives.WriteInt64LittleEndian(page.AsSpan(6), sequence * 2880L);
        OggPage.Seal(page);
        window.Add(page);
    }

    private static List<string> Take(LiveWindow window)
    {
        var all = new List<string>();
        while (window.TryTake(out var page))
        {
            Assert.True(OggPage.TryRead(page, out var read));
            all.Add($"{read.Serial}:{read.Sequence}");
        }

        return all;
    }
}
