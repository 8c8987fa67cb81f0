using System.Security.Cryptography;
using Chorale.Archive.Store;

namespace Chorale.Tests.Archive.Store;

public sealed class IncomingFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(32 * 1024)]
    [InlineData(512 * 1024)]
    [InlineData(512 * 1024 + 1)]
    [InlineData(1_500_000)]
    public void A_body_in_odd_pieces_reaches_the_disk_whole_whether_or_not_it_fits_in_memory(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        using var file = new IncomingFile(_folder["in.part"]);
        for (var at = 0; at < length; at += 7919) file.Append(bytes.AsSpan(at, Math.Min(7919, length - at)));

        Assert.Equal(length, file.Length);
        Assert.Equal(SHA256.HashData(bytes), file.Digest());
        file.Sync();
        Assert.Equal(bytes, File.ReadAllBytes(file.Path));
    }

    [Fact]
    public void A_body_nobody_wanted_leaves_nothing_behind()
    {
        var small = new IncomingFile(_folder["small.part"]);
        small.Append(new byte[100]);
        var large = new IncomingFile(_folder["large.part"]);
        large.Append(new byte[1 << 20]);
        Assert.True(File.Exists(large.Path));
        small.Dispose();
        large.Dispose();
        Assert.Empty(Directory.EnumerateFiles(_folder.Path));
    }
}
