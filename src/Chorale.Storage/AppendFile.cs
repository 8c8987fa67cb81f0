using Microsoft.Win32.SafeHandles;

namespace Chorale.Storage;

/// <summary>
/// A file that grows: every write is in the kernel at once (a killed process loses nothing), <see cref="Stream.Flush"/> is fdatasync.
/// Seekable, for headers that are written again at the end. For formats in which zeros would look like audio (WAV, FLAC).
/// </summary>
public sealed class AppendFile : DurableStream
{
    private readonly DiskCalls _disk;
    private readonly SafeFileHandle _file;
    private long _position;
    private long _length;
    private bool _dirty;

    private AppendFile(DiskCalls disk, string path)
    {
        _disk = disk;
        Path = path;
        _file = disk.Open(path, DiskOpen.CreateNew);
    }

    public override string Path { get; }

    public override long WrittenBytes => _length;

    public override bool IsWriteThrough => false;

    /// <summary>Creates <paramref name="path"/>; it must not exist.</summary>
    public static AppendFile Create(DiskCalls disk, string path) => new(disk, path);

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ThrowIfFailed();
        try
        {
            _disk.WriteAt(_file, buffer, _position, Path);
        }
        catch (IOException e)
        {
            MarkFailed(e, atSync: false);
            throw;
        }

        _dirty = true;
        _position += buffer.Length;
        _length = Math.Max(_length, _position);
    }

    public override void Flush()
    {
        ThrowIfFailed();
        if (!_dirty) return;
        try
        {
            _disk.SyncData(_file, Path);
        }
        catch (IOException e)
        {
            MarkFailed(e, atSync: true);
            throw;
        }

        _dirty = false;
    }

    public override void Complete()
    {
        ThrowIfSyncFailed();
        try
        {
            if (Failure is not null) _disk.Truncate(_file, _length, Path); // a torn last write
            _disk.Sync(_file, Path);
        }
        catch (IOException e)
        {
            MarkFailed(e, atSync: true);
            throw;
        }

        Dispose();
    }

    public override bool CanRead => true;

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var count = RandomAccess.Read(_file, buffer, _position);
        _position += count;
        return count;
    }

    public override bool CanSeek => true;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position
    {
        get => _position;
        set => _position = value;
    }

    public override long Seek(long offset, SeekOrigin origin) => _position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => _length + offset,
    };

    public override void SetLength(long value)
    {
        ThrowIfFailed();
        _disk.Truncate(_file, value, Path);
        _length = value;
        _dirty = true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _file.Dispose();
        base.Dispose(disposing);
    }
}
