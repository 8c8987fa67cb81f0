using Chorale.Storage;
using Chorale.Tests.Spool;

namespace Chorale.Tests.Storage;

public sealed class DirectFileTests
{
    private static byte[] Page(Random random)
    {
        var page = new byte[random.Next(1, 700)];
        random.NextBytes(page);
        return page;
    }

    [Theory]
    [InlineData("/tmp")]
    [InlineData("/dev/shm")]
    public void What_was_written_is_what_is_read_whatever_the_sizes(string root)
    {
        var random = new Random(11);
        var path = Path.Combine(root, $"chorale-direct-{Guid.NewGuid():N}");
        var expected = new MemoryStream();
        try
        {
            using (var file = DirectFile.Create(new DiskCalls(), path, 20_000))
            {
                while (expected.Length < 150_000)
                {
                    var page = Page(random);
                    file.Write(page);
                    expected.Write(page);
                    if (random.Next(10) == 0) file.Flush();
                }

                file.Write(new byte[100_000]);
                expected.Write(new byte[100_000]);
                file.Complete();
            }

            Assert.Equal(expected.ToArray(), File.ReadAllBytes(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_new_file_has_its_expected_size_in_zeros_and_a_killed_writer_leaves_every_byte()
    {
        using var folder = new TempFolder();
        using var file = DirectFile.Create(new DiskCalls(), folder["a"], 227_000);
        Assert.Equal(229_376, new FileInfo(folder["a"]).Length); // 56 blocks of 4096
        Assert.Equal(-1, File.ReadAllBytes(folder["a"]).AsSpan().IndexOfAnyExcept((byte)0));
        file.Write([1, 2, 3]);
        file.Write([4]);
        Assert.Equal([1, 2, 3, 4, 0], File.ReadAllBytes(folder["a"])[..5]); // seen by others at once, no flush
    }

    [Fact]
    public void Past_the_page_cache_a_page_costs_its_sectors_and_nothing_else()
    {
        using var folder = new TempFolder();
        var disk = new DiskCalls();
        using var file = DirectFile.Create(disk, folder["a"], 100_000);
        Assert.SkipUnless(file.IsWriteThrough, "this file system knows no O_DIRECT");
        var before = disk.WrittenBytes;
        file.Write(new byte[149]);
        Assert.Equal(512, disk.WrittenBytes - before);
    }

    [Fact]
    public void A_file_that_outgrows_its_expected_size_grows_in_steps()
    {
        using var folder = new TempFolder();
        var disk = new FaultyDisk();
        using var file = DirectFile.Create(disk, folder["a"], 4096);
        var syncs = disk.Calls.Count(c => c.StartsWith("fsync ", StringComparison.Ordinal));
        for (var i = 0; i < 100; i++) file.Write(new byte[600]);
        Assert.Equal(1, disk.Calls.Count(c => c.StartsWith("fsync ", StringComparison.Ordinal)) - syncs);
    }

    [Fact]
    public void Where_direct_writing_is_refused_bytes_go_through_the_cache_and_flush_syncs()
    {
        using var folder = new TempFolder();
        var disk = new FaultyDisk { Fails = (call, _) => call == "open" ? 22 : 0 };
        using var file = DirectFile.Create(disk, folder["a"], 4096);
        Assert.False(file.IsWriteThrough);
        file.Write([1, 2, 3]);
        file.Flush();
        Assert.Equal("fdatasync a", disk.Calls[^1]);
    }

    [Fact]
    public void A_sync_that_failed_once_is_not_believed_later()
    {
        using var folder = new TempFolder();
        var disk = new FaultyDisk();
        using var file = AppendFile.Create(disk, folder["a"]);
        file.Write([1]);
        disk.Fails = (call, _) => call == "fdatasync" ? FaultyDisk.Eio : 0;
        Assert.Throws<DiskException>(file.Flush);
        disk.Fails = (_, _) => 0;
        Assert.Throws<IOException>(file.Flush);
        Assert.Throws<IOException>(() => file.Write([2]));
        Assert.Throws<IOException>(file.Complete);
        Assert.True(file.HasSyncFailed);
    }

    [Fact]
    public void No_room_for_the_zeros_leaves_no_file_behind()
    {
        using var folder = new TempFolder();
        var disk = new FaultyDisk { Fails = (call, _) => call == "write" ? FaultyDisk.Enospc : 0 };
        Assert.True(Assert.Throws<DiskException>(() => DirectFile.Create(disk, folder["a"], 4096)).IsFull);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_header_can_be_written_again_at_the_front()
    {
        using var folder = new TempFolder();
        using (var file = AppendFile.Create(new DiskCalls(), folder["a"]))
        {
            file.Write("....data"u8);
            file.Seek(0, SeekOrigin.Begin);
            file.Write("RIFF"u8);
            file.Seek(0, SeekOrigin.End);
            file.Write("!"u8);
            file.Complete();
        }

        Assert.Equal("RIFFdata!", File.ReadAllText(folder["a"]));
    }
}
