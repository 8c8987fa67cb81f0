namespace Chorale.Show.Players.Mpv;

/// <summary>Brings the beginning of files into the memory of the system, where a slow card would make a cue wait for them.</summary>
internal static class ReadAhead
{
    /// <summary>About a second of a film of 30 Mbit/s, and more than any player reads before its first picture.</summary>
    private const int BytesPerFile = 4 * 1024 * 1024;

    public static void Warm(IReadOnlyList<string> paths)
    {
        var buffer = new byte[64 * 1024];
        foreach (var path in paths)
        {
            try
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
                var left = BytesPerFile;
                while (left > 0 && file.Read(buffer) is var read and > 0) left -= read;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Its cue will say so.
            }
        }
    }
}
