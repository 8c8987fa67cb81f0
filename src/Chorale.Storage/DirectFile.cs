using Chorale.Storage.Interop;
using Microsoft.Win32.SafeHandles;

namespace Chorale.Storage;

/// <summary>
/// A file that is filled with zeros to its expected size and then written in place, front to back. Writing into blocks that exist moves
/// no metadata, so a page of audio costs its sectors and nothing else. Where the file system allows it, each write goes past the page
/// cache in whole sectors (O_DIRECT|O_DSYNC) and is on the device when it returns; elsewhere it is buffered and
/// <see cref="Stream.Flush"/> is fdatasync.
/// </summary>
/// <remarks>
/// A reader finds zeros after the last byte: only formats with a checksum of their own (Ogg) may be written this way. The last, partly
/// filled sector is kept in memory and written again with the next bytes. Used by one thread.
/// </remarks>
public sealed class DirectFile : DurableStream
{
    /// <summary>One write at most; also the unit of the zero fill. 16 blocks of 4 KiB.</summary>
    private const int BufferBytes = 64 * 1024;

    /// <summary>Blocks of real cards and of ext4: the file's size on disk is always a multiple.</summary>
    private const int BlockBytes = 4096;

    /// <summary>A file that outgrows its expected size grows by this: eight seconds of 64 kbit/s, so that metadata moves rarely.</summary>
    private const int StepBytes = 64 * 1024;

    private static readonly byte[] Zeros = new byte[BufferBytes];

    private readonly DiskCalls _disk;
    private readonly AlignedBuffer _buffer = new(BufferBytes);
    private SafeFileHandle _file;
    private int _sectorBytes;
    private int _held;
    private long _length;
    private long _zeroedTo;

    private DirectFile(DiskCalls disk, string path, SafeFileHandle file)
    {
        _disk = disk;
        Path = path;
        _file = file;
    }

    public override string Path { get; }

    public override long WrittenBytes => _length;

    /// <summary>Size on disk: what was written and the zeros after it.</summary>
    public long ZeroedBytes => _zeroedTo;

    public override bool IsWriteThrough => _sectorBytes > 1;

    /// <summary>Creates <paramref name="path"/> and fills it with zeros; on return they are on the disk.</summary>
    /// <exception cref="IOException">No room, no permission, or the disk fails; nothing is left behind.</exception>
    public static DirectFile Create(DiskCalls disk, string path, long expectedBytes)
    {
        var file = new DirectFile(disk, path, disk.Open(path, DiskOpen.CreateNew));
        try
        {
            file.FillTo(Math.Max(expectedBytes, BlockBytes));
            disk.Sync(file._file, path);
            file.ChooseMethod();
            return file;
        }
        catch
        {
            file.Dispose();
            disk.Delete(path);
            throw;
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ThrowIfFailed();
        try
        {
            while (!buffer.IsEmpty) buffer = buffer[WriteSome(buffer)..];
        }
        catch (IOException e)
        {
            MarkFailed(e, atSync: false);
            throw;
        }
    }

    public override void Flush()
    {
        ThrowIfFailed();
        if (IsWriteThrough) return;
        try
        {
            _disk.SyncData(_file, Path);
        }
        catch (IOException e)
        {
            MarkFailed(e, atSync: true);
            throw;
        }
    }

    public override void Complete()
    {
        ThrowIfSyncFailed();
        try
        {
            _disk.Truncate(_file, _length, Path);
            _disk.Sync(_file, Path);
        }
        catch (IOException e)
        {
            MarkFailed(e, atSync: true);
            throw;
        }

        Dispose();
    }

    /// <summary>Takes over a file of zeros that lies under another name; the name is durable only after its folder is synced.</summary>
    public static DirectFile Adopt(DiskCalls disk, string path, long zeroedBytes)
    {
        var file = new DirectFile(disk, path, disk.Open(path, DiskOpen.Existing)) { _zeroedTo = zeroedBytes };
        try
        {
            file.ChooseMethod();
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private int WriteSome(ReadOnlySpan<byte> bytes)
    {
        var buffer = _buffer.Span;
        var count = Math.Min(buffer.Length - _held, bytes.Length);
        bytes[..count].CopyTo(buffer[_held..]);
        var total = _held + count;
        var padded = RoundUp(total, _sectorBytes);
        buffer[total..padded].Clear();
        var from = _length - _held;
        if (from + padded > _zeroedTo) Extend(from + padded);
        _disk.WriteAt(_file, buffer[..padded], from, Path);
        var keep = total % _sectorBytes;
        buffer.Slice(total - keep, keep).CopyTo(buffer);
        _held = keep;
        _length += count;
        return count;
    }

    // The direct descriptor demands aligned memory; the zeros are aligned by going through a second, buffered one.
    private void Extend(long bytes)
    {
        using var plain = _disk.Open(Path, DiskOpen.Existing);
        var direct = _file;
        _file = plain;
        try
        {
            FillTo(Math.Max(bytes, _zeroedTo + StepBytes));
            _disk.Sync(plain, Path);
        }
        finally
        {
            _file = direct;
        }
    }

    private void FillTo(long bytes)
    {
        var end = RoundUp(bytes, BlockBytes);
        while (_zeroedTo < end)
        {
            var count = (int)Math.Min(Zeros.Length, end - _zeroedTo);
            _disk.WriteAt(_file, Zeros.AsSpan(0, count), _zeroedTo, Path);
            _zeroedTo += count;
        }
    }

    // Sector size is found by trying: 512 B on most media, 4096 on some, and file systems that know no O_DIRECT say EINVAL at once.
    private void ChooseMethod()
    {
        _sectorBytes = 1;
        SafeFileHandle direct;
        try
        {
            direct = _disk.Open(Path, DiskOpen.ExistingDirect);
        }
        catch (DiskException e) when (e.Errno == Libc.InvalidArgument)
        {
            return;
        }

        foreach (var sector in (ReadOnlySpan<int>)[512, 4096])
        {
            try
            {
                _buffer.Span[..sector].Clear();
                _disk.WriteAt(direct, _buffer.Span[..sector], 0, Path);
                _sectorBytes = sector;
                _file.Dispose();
                _file = direct;
                return;
            }
            catch (DiskException e) when (e.Errno == Libc.InvalidArgument)
            {
                // Try the larger one.
            }
        }

        direct.Dispose();
    }

    private static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;

    private static long RoundUp(long value, int unit) => (value + unit - 1) / unit * unit;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException("an Ogg stream is written front to back");
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
            _buffer.Dispose();
        }

        base.Dispose(disposing);
    }
}
