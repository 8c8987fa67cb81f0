using System.Buffers;
using System.Security.Cryptography;
using Chorale.Audio.Files;
using Microsoft.Win32.SafeHandles;

namespace Chorale.Archive.Store;

/// <summary>
/// A body on its way in, taken by one caller at a time. A small one stays in memory until it is complete, so that it is examined there and
/// reaches the disk in one write; a larger one, or any beyond what all bodies together may hold, is written as it arrives. Disposing it
/// before the store has moved it deletes it.
/// </summary>
public sealed class IncomingFile : IDisposable
{
    /// <summary>A minute of Opus at 24 kbit/s is 180 kB; at 64 kbit/s 480 kB.</summary>
    private const int MemoryBytesMax = 512 * 1024;

    /// <summary>Of all bodies together: 64 MB is 350 such minutes arriving at once, on a hub that may be a Raspberry Pi.</summary>
    private const long AllMemoryBytesMax = 64L << 20;

    private const int FirstBytes = 32 * 1024;

    private static long _allMemoryBytes;

    private readonly int _firstBytes;
    private byte[]? _memory;
    private SafeFileHandle? _handle;
    private IncrementalHash? _hash;
    private byte[]? _digest;
    private bool _moved;
    private bool _disposed;

    /// <param name="path">Where it goes when memory does not do.</param>
    /// <param name="expectedBytes">About how long it will be, as far as is known.</param>
    internal IncomingFile(string path, long expectedBytes = 0)
    {
        Path = path;
        _firstBytes = (int)Math.Clamp(expectedBytes, FirstBytes, MemoryBytesMax);
    }

    public long Length { get; private set; }

    /// <summary>Where it lies, once it is on the disk, until the store moves it.</summary>
    public string Path { get; }

    /// <exception cref="IOException">The disk is full or failing.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _digest = null;
        if (_handle is null && TryReserve(bytes.Length))
        {
            bytes.CopyTo(_memory.AsSpan((int)Length));
        }
        else
        {
            WriteOut();
            RandomAccess.Write(_handle!, bytes, Length);
            (_hash ??= HashOfMemory()).AppendData(bytes);
            ReleaseMemory();
        }

        Length += bytes.Length;
    }

    /// <summary>SHA-256 of everything appended so far.</summary>
    public byte[] Digest() => _digest ??= _hash is null ? SHA256.HashData(InMemory) : _hash.GetCurrentHash();

    /// <summary>What the bytes appended so far are.</summary>
    internal ChunkInspection Inspect()
    {
        if (_hash is not null) return ChunkFiles.Inspect(Path);
        using var stream = new MemoryStream(_memory ?? [], 0, (int)Length, writable: false);
        return ChunkFiles.Inspect(stream);
    }

    /// <summary>Writes what is only in memory to the disk. Blocks.</summary>
    /// <exception cref="IOException">The disk is full or failing.</exception>
    public void WriteOut()
    {
        if (_handle is not null) return;
        _handle = File.OpenHandle(Path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read);
        if (Length > 0) RandomAccess.Write(_handle, InMemory, 0);
    }

    /// <summary>On return its bytes are on the disk. Blocks.</summary>
    /// <exception cref="IOException">The disk is full or failing.</exception>
    internal void Sync()
    {
        WriteOut();
        RandomAccess.FlushToDisk(_handle!);
    }

    internal void MovedTo(string path)
    {
        File.Move(Path, path, overwrite: true);
        _moved = true;
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        ReleaseMemory();
        _hash?.Dispose();
        if (_handle is null) return;
        _handle.Dispose();
        if (_moved) return;
        try
        {
            File.Delete(Path);
        }
        catch (IOException)
        {
            // The next start clears the folder of incoming files.
        }
    }

    private ReadOnlySpan<byte> InMemory => _memory.AsSpan(0, (int)Length);

    private IncrementalHash HashOfMemory()
    {
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(InMemory);
        return hash;
    }

    /// <summary>Room for so many bytes more in memory; false when they belong on the disk.</summary>
    private bool TryReserve(int bytes)
    {
        var needed = Length + bytes;
        if (_memory is not null && needed <= _memory.Length) return true;
        if (needed > MemoryBytesMax) return false;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_firstBytes, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)needed)));
        if (Interlocked.Add(ref _allMemoryBytes, larger.Length) > AllMemoryBytesMax)
        {
            Interlocked.Add(ref _allMemoryBytes, -larger.Length);
            ArrayPool<byte>.Shared.Return(larger);
            return false;
        }

        InMemory.CopyTo(larger);
        ReleaseMemory();
        _memory = larger;
        return true;
    }

    private void ReleaseMemory()
    {
        if (_memory is not { } memory) return;
        _memory = null;
        Interlocked.Add(ref _allMemoryBytes, -memory.Length);
        ArrayPool<byte>.Shared.Return(memory);
    }
}
