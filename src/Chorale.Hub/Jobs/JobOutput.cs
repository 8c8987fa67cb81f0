using System.Security.Cryptography;

namespace Chorale.Hub.Jobs;

/// <summary>
/// The result of a job while it is written: synchronous, so that the work stays on its own thread; the disk's floor is looked at every few
/// megabytes. Its digest is taken as the bytes go by, and is not known where somebody went back (a ZIP completes its headers).
/// </summary>
internal sealed class JobOutput(string path, JobSpace space) : Stream
{
    private const int CheckEveryBytes = 8 << 20;

    private readonly FileStream _file = new(path + ".part", FileMode.Create, FileAccess.Write, FileShare.None, 256 * 1024);
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _checkAt = CheckEveryBytes;
    private bool _wentBack;

    public override bool CanRead => false;

    public override bool CanSeek => true;

    public override bool CanWrite => true;

    public override long Length => Written;

    public long Written { get; private set; }

    public override long Position
    {
        get => _file.Position;
        set
        {
            _wentBack |= value != _file.Position;
            _file.Position = value;
        }
    }

    public override void Write(ReadOnlySpan<byte> bytes)
    {
        if (Written >= _checkAt)
        {
            space.Check();
            _checkAt = Written + CheckEveryBytes;
        }

        try
        {
            _file.Write(bytes);
        }
        catch (IOException e)
        {
            throw new JobProblemException($"the result could not be written: {e.Message}", e);
        }

        if (!_wentBack) _hash.AppendData(bytes);
        Written = Math.Max(Written, _file.Position);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => _file.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        Flush();
        return Task.CompletedTask;
    }

    /// <summary>What has its name is whole and on the disk.</summary>
    public JobFile Complete(string name, string contentType)
    {
        _file.Flush(flushToDisk: true);
        _file.Dispose();
        Storage.DurableFile.Rename(path + ".part", path);
        return new JobFile(name, Written, contentType, _wentBack ? null : Convert.ToHexStringLower(_hash.GetHashAndReset()));
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => Position,
        _ => Written,
    };

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }
}
