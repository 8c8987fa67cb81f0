namespace Chorale.Recorder.Spool;

/// <summary>
/// One process owns a spool: an exclusive lock (flock) on <c>.owner</c>, which the kernel lets go when the process ends, however it ends.
/// </summary>
internal static class SpoolOwnership
{
    /// <summary>Null when another process has it. The file stays; only the lock means anything.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static FileStream? Take(string folder)
    {
        var path = Path.Combine(folder, ".owner");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (IsLocked(e))
        {
            return null;
        }
    }

    // EWOULDBLOCK of flock: 11 on Linux, 35 on macOS; ERROR_SHARING_VIOLATION on Windows.
    private static bool IsLocked(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);
}
