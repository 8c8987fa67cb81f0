namespace Chorale.Archive.Range;

/// <summary>
/// What an encoder writes to when its bytes go out as they come. It may go back, as libFLAC does to complete its header, but what has been
/// taken away stays as it was.
/// </summary>
internal sealed class ForwardStream : Stream
{
    private readonly MemoryStream _waiting = new();
    private long _taken;

    public override bool CanRead => false;

    public override bool CanSeek => true;

    public override bool CanWrite => true;

    public override long Length => _taken + _waiting.Length;

    public override long Position { get; set; }

    /// <summary>Bytes not yet taken; valid until the next write.</summary>
    public Memory<byte> Waiting => _waiting.GetBuffer().AsMemory(0, (int)_waiting.Length);

    public void Take()
    {
        _taken += _waiting.Length;
        _waiting.SetLength(0);
    }

    public override void Write(ReadOnlySpan<byte> bytes)
    {
        var gone = (int)Math.Clamp(_taken - Position, 0, bytes.Length);
        if (gone < bytes.Length)
        {
            _waiting.Position = Position + gone - _taken;
            _waiting.Write(bytes[gone..]);
        }

        Position += bytes.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => Position,
        _ => Length,
    };

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _waiting.Dispose();
        base.Dispose(disposing);
    }
}
