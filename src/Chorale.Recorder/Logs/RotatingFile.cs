namespace Chorale.Recorder.Logs;

/// <summary>
/// A log file that never grows past its limit: before a line would, <c>log</c> becomes <c>log.1</c>, <c>log.1</c> becomes <c>log.2</c>, and
/// so on; what would be beyond the number kept is deleted. Appends to what is there. Used by one thread.
/// </summary>
internal sealed class RotatingFile(string path, long maxBytes, int kept) : Stream
{
    private FileStream? _file;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        var file = _file ??= Open();
        if (file.Length > 0 && file.Length + buffer.Length > maxBytes)
        {
            file.Dispose();
            _file = null;
            Rotate();
            file = _file = Open();
        }

        try
        {
            file.Write(buffer);
            file.Flush();
        }
        catch (IOException)
        {
            // Opened again for the next line: the folder may be back, or the disk have room.
            _file = null;
            file.Dispose();
            throw;
        }
    }

    private FileStream Open()
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        return new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
    }

    private void Rotate()
    {
        for (var n = kept; n >= 1; n--)
        {
            var from = n == 1 ? path : $"{path}.{n - 1}";
            if (File.Exists(from)) File.Move(from, $"{path}.{n}", overwrite: true);
        }
    }

    protected override void Dispose(bool disposing)
    {
        _file?.Dispose();
        _file = null;
        base.Dispose(disposing);
    }

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override void Flush() { }
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}
