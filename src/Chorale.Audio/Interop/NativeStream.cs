using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Chorale.Audio.Interop;

/// <summary>
/// Lends a .NET stream to libopusfile and libsndfile for reading. An exception of the stream never crosses native code: it is kept in
/// <see cref="Failure"/> and the library is told that reading failed. Dispose it after the library's handle.
/// </summary>
internal sealed unsafe class NativeStream : IDisposable
{
    private readonly Stream _stream;
    private GCHandle _self;

    public NativeStream(Stream stream)
    {
        if (!stream.CanSeek) throw new ArgumentException("the stream cannot seek", nameof(stream));
        _stream = stream;
        _self = GCHandle.Alloc(this);
    }

    /// <summary>The user data of every callback.</summary>
    public nint Pointer => GCHandle.ToIntPtr(_self);

    public Exception? Failure { get; private set; }

    public static OpusFile.Callbacks ForOpusFile => new() { Read = &ReadInt, Seek = &SeekInt, Tell = &Tell };

    public static SndFile.VirtualIo ForSndFile => new() { Length = &Length, Seek = &SeekLong, Read = &ReadLong, Write = &WriteNothing, Tell = &Tell };

    public void Dispose()
    {
        if (_self.IsAllocated) _self.Free();
    }

    private static NativeStream Of(nint pointer) => (NativeStream)GCHandle.FromIntPtr(pointer).Target!;

    [UnmanagedCallersOnly]
    private static int ReadInt(nint self, byte* buffer, int count) => (int)Of(self).Read(buffer, count);

    [UnmanagedCallersOnly]
    private static int SeekInt(nint self, long offset, int whence) => Of(self).Seek(offset, whence) < 0 ? -1 : 0;

    [UnmanagedCallersOnly]
    private static long ReadLong(byte* buffer, long count, nint self) => Math.Max(0, Of(self).Read(buffer, count));

    [UnmanagedCallersOnly]
    private static long SeekLong(long offset, int whence, nint self) => Of(self).Seek(offset, whence);

    [UnmanagedCallersOnly]
    private static long WriteNothing(byte* buffer, long count, nint self) => 0;

    [UnmanagedCallersOnly]
    private static long Tell(nint self) => Of(self).Seek(0, (int)SeekOrigin.Current);

    [UnmanagedCallersOnly]
    private static long Length(nint self) => Of(self).Try(static s => s.Length);

    private long Read(byte* buffer, long count)
    {
        try
        {
            return _stream.ReadAtLeast(new Span<byte>(buffer, (int)Math.Min(count, int.MaxValue)), (int)Math.Min(count, int.MaxValue), throwOnEndOfStream: false);
        }
        catch (Exception e) when (Keep(e))
        {
            return -1;
        }
    }

    /// <param name="offset">Relative to <paramref name="whence"/>.</param>
    /// <param name="whence">C's SEEK_SET, SEEK_CUR and SEEK_END are <see cref="SeekOrigin"/>'s numbers.</param>
    private long Seek(long offset, int whence)
    {
        try
        {
            return _stream.Seek(offset, (SeekOrigin)whence);
        }
        catch (Exception e) when (Keep(e))
        {
            return -1;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private long Try(Func<Stream, long> ask)
    {
        try
        {
            return ask(_stream);
        }
        catch (Exception e) when (Keep(e))
        {
            return -1;
        }
    }

    private bool Keep(Exception e)
    {
        // Seeking before the start is a question that damaged files make a library ask, not a failure of the stream.
        if (e is not IOException { InnerException: null } and not ArgumentException) Failure ??= e;
        return true;
    }
}
