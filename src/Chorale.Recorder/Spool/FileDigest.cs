using System.Security.Cryptography;

namespace Chorale.Recorder.Spool;

/// <summary>Size and SHA-256 (lower-case hex) of a file as the disk gives it back.</summary>
internal readonly record struct FileDigest(long SizeBytes, string Sha256)
{
    public static FileDigest Of(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16, FileOptions.SequentialScan);
        return new FileDigest(file.Length, Convert.ToHexStringLower(SHA256.HashData(file)));
    }
}
