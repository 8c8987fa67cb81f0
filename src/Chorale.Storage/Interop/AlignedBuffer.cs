using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Chorale.Storage.Interop;

/// <summary>Memory at a page boundary, as writing past the page cache demands. One thread at a time; freed by Dispose.</summary>
internal sealed unsafe class AlignedBuffer : SafeHandleZeroOrMinusOneIsInvalid
{
    public AlignedBuffer(int bytes) : base(ownsHandle: true)
    {
        Length = bytes;
        SetHandle((nint)NativeMemory.AlignedAlloc((nuint)bytes, 4096));
        Span.Clear();
    }

    public int Length { get; }

    /// <summary>Valid until Dispose.</summary>
    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return new Span<byte>((void*)handle, Length);
        }
    }

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}
