using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Chorale.Archive.Store;

/// <summary>
/// A body on its way in: written and digested as it arrives, by one caller at a time. Disposing it before the store has moved it deletes it.
/// </summary>
public sealed class IncomingFile : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool _moved;

    internal IncomingFile(string path)
    {
        Path = path;
        Handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read);
    }

    public long Length { get; private set; }

    /// <summary>Where it lies until the store moves it.</summary>
    public string Path { get; }

    internal SafeFileHandle Handle { get; }

    /// <exception cref="IOException">The disk is full or failing.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(Handle, bytes, Length);
        _hash.AppendData(bytes);
        Length += bytes.Length;
    }

    /// <summary>SHA-256 of everything appended so far.</summary>
    public byte[] Digest() => _hash.GetCurrentHash();

    internal void MovedTo(string path)
    {
        File.Move(Path, path, overwrite: true);
        _moved = true;
    }

    public void Dispose()
    {
        _hash.Dispose();
        Handle.Dispose();
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
}
