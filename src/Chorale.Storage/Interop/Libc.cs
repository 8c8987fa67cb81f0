using System.Runtime.InteropServices;

namespace Chorale.Storage.Interop;

/// <summary>The few calls of libc that .NET does not offer. Errors through <see cref="Marshal.GetLastPInvokeError"/>.</summary>
internal static partial class Libc
{
    private const string Lib = "libc";

    public const int ReadOnly = 0;

    [LibraryImport(Lib, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags, int mode);

    [LibraryImport(Lib, EntryPoint = "fsync", SetLastError = true)]
    internal static partial int Sync(int descriptor);

    [LibraryImport(Lib, EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);
}
