using System.Runtime.InteropServices;
using System.Text;

namespace Chorale.Show.Interop;

/// <summary>realpath(3): every link on the way resolved, which .NET does for the last one only.</summary>
internal static unsafe partial class Realpath
{
    /// <summary>PATH_MAX of Linux, the 0 at the end included.</summary>
    private const int BytesMax = 4096;

    /// <summary>Null: it does not exist, or cannot be looked at.</summary>
    public static string? Of(string path)
    {
        if (OperatingSystem.IsWindows()) return Path.GetFullPath(path);
        var resolved = stackalloc byte[BytesMax];
        return Resolve(path, resolved) == 0 ? null : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(resolved));
    }

    [LibraryImport("libc", EntryPoint = "realpath", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Resolve(string path, byte* resolved);
}
