using System.Globalization;

namespace Chorale.Protocol.Chunks;

/// <summary>
/// Request headers that a recorder adds to both upload contracts. A server that does not know them ignores them.
/// <code>
/// Idempotency-Key: {recorder}/{run}/{number}       the same chunk sent again carries the same key
/// Content-Digest:  sha-256=:{base64}:              RFC 9530 syntax; of the bytes of the chunk file, as sealed
/// Chorale-Chunk:   {base64url of JSON}             see ChunkHeader
/// </code>
/// The digest is taken of the file, not of the multipart envelope around it: it is the checksum from the moment the chunk was sealed,
/// so it also catches a card that lost bits while the chunk waited, and it is what the archive compares.
/// </summary>
public static class UploadHeaders
{
    public const string IdempotencyKey = "Idempotency-Key";
    public const string ContentDigest = "Content-Digest";
    public const string Chunk = "Chorale-Chunk";

    public static string KeyOf(string recorder, Guid run, int number) => string.Create(CultureInfo.InvariantCulture, $"{recorder}/{run:D}/{number}");

    /// <summary>False for a key that another kind of client made up; such a key is an opaque text.</summary>
    public static bool TryParseKey(string? key, out string recorder, out Guid run, out int number)
    {
        (recorder, run, number) = ("", default, 0);
        if (key?.Split('/') is not [var name, var id, var n]) return false;
        recorder = name;
        return RecorderId.IsValid(name) && Guid.TryParseExact(id, "D", out run) && int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    /// <param name="sha256Hex">64 hexadecimal digits.</param>
    public static string DigestOf(string sha256Hex) => $"sha-256=:{Convert.ToBase64String(Convert.FromHexString(sha256Hex))}:";

    /// <summary>Finds the SHA-256 in a <c>Content-Digest</c> that may hold several algorithms; lower-case hex, as files and rows carry it.</summary>
    public static bool TryParseDigest(string? header, out string sha256Hex)
    {
        sha256Hex = "";
        foreach (var entry in (header ?? "").Split(',', StringSplitOptions.TrimEntries))
        {
            if (!entry.StartsWith("sha-256=:", StringComparison.OrdinalIgnoreCase) || !entry.EndsWith(':')) continue;
            Span<byte> hash = stackalloc byte[48]; // 44 characters of base64 decode to at most 33 bytes; longer text does not fit and fails
            if (!Convert.TryFromBase64Chars(entry.AsSpan(9, Math.Max(0, entry.Length - 10)), hash, out var length) || length != 32) return false;
            sha256Hex = Convert.ToHexStringLower(hash[..32]);
            return true;
        }

        return false;
    }
}
