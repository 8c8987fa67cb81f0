using System.Security.Cryptography;
using System.Text;
using Chorale.Protocol.Chunks;

namespace Chorale.Archive.Store;

/// <summary>
/// A chunk's id is computed from who sent it, its place and its bytes. So the same chunk sent again has the same id, the same path and the
/// same receipt, whatever became of the first attempt, and an index rebuilt from the files names them as before.
/// </summary>
public static class ChunkIdentity
{
    public static ChunkId Of(string recorderId, string place, string sha256)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"chorale chunk\n{recorderId}\n{place}\n{sha256}"), hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80); // version 8, RFC 9562 section 5.8
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80); // variant
        return new ChunkId(new Guid(hash[..16], bigEndian: true));
    }
}
