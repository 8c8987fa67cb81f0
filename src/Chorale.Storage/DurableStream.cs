namespace Chorale.Storage;

/// <summary>
/// A file being written, whose loss at a power cut is bounded. Used by one thread. Once a write or a sync has failed, every later one
/// fails too: after a failed fsync the kernel forgets the lost pages, and a second fsync would report success for bytes that are gone.
/// </summary>
public abstract class DurableStream : Stream
{
    /// <summary>Length of what was written, zero fill not counted; known after Dispose too.</summary>
    public abstract long WrittenBytes { get; }

    /// <summary>Full path.</summary>
    public abstract string Path { get; }

    /// <summary>The failure that ended this file, or null.</summary>
    public IOException? Failure { get; private set; }

    /// <summary>True when every byte is on the device as soon as <see cref="Stream.Write(ReadOnlySpan{byte})"/> returns.</summary>
    public abstract bool IsWriteThrough { get; }

    /// <summary>Cuts the file to what was written, syncs it with its metadata and closes it. After a write that failed for want of room it keeps
    /// what came before.</summary>
    public abstract void Complete();

    public override bool CanRead => false;

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>True once a sync has failed: bytes written before may be gone although they can still be read.</summary>
    public bool HasSyncFailed { get; private set; }

    /// <summary>Writing ends with the first failure.</summary>
    protected void ThrowIfFailed()
    {
        if (Failure is { } before) throw new IOException($"{Path} failed before and is not trusted again: {before.Message}", before);
    }

    /// <summary>Completing is still possible after a full disk, never after a failed sync.</summary>
    protected void ThrowIfSyncFailed()
    {
        if (HasSyncFailed) ThrowIfFailed();
    }

    /// <summary>Keeps the first failure.</summary>
    protected void MarkFailed(IOException failure, bool atSync)
    {
        Failure ??= failure;
        HasSyncFailed |= atSync;
    }
}
