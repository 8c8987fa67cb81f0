using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Chorale.Hub.Access;

/// <summary>
/// JSON Web Tokens (RFC 7519), HS256 only: the header must say so to the letter of the algorithm, so that <c>none</c> and foreign
/// algorithms are not even tried.
/// </summary>
internal sealed class TokenSigner(byte[] key, TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);

    /// <summary>Id of the credential that was shown for it: a token ends with that, not only with the last one of its subject.</summary>
    public const string CredentialClaim = "cid";

    private static readonly string Header = ToBase64Url("""{"alg":"HS256","typ":"JWT"}"""u8);

    /// <param name="claims">Without <c>exp</c> and <c>iat</c>, which are added.</param>
    public string Sign(JsonObject claims)
    {
        var now = time.GetUtcNow();
        claims["iat"] = now.ToUnixTimeSeconds();
        claims["exp"] = (now + Lifetime).ToUnixTimeSeconds();
        var content = $"{Header}.{ToBase64Url(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        return $"{content}.{ToBase64Url(Mac(content))}";
    }

    /// <summary>The claims of a token of ours that has not expired; null for everything else.</summary>
    public JsonObject? Read(string token)
    {
        if (token.Length > 4096 || token.Split('.') is not [var header, var payload, var mac]) return null;
        if (!TryFromBase64Url(mac, out var given) || !CryptographicOperations.FixedTimeEquals(given, Mac($"{header}.{payload}"))) return null;
        try
        {
            if (!TryFromBase64Url(header, out var h) || (string?)JsonNode.Parse(h)?["alg"] != "HS256") return null;
            if (!TryFromBase64Url(payload, out var p) || JsonNode.Parse(p) is not JsonObject claims) return null;
            return (long?)claims["exp"] > time.GetUtcNow().ToUnixTimeSeconds() ? claims : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private byte[] Mac(string content) => HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(content));

    private static string ToBase64Url(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static bool TryFromBase64Url(string text, out byte[] bytes)
    {
        var padded = text.Replace('-', '+').Replace('_', '/').PadRight((text.Length + 3) / 4 * 4, '=');
        bytes = new byte[padded.Length / 4 * 3];
        if (!Convert.TryFromBase64String(padded, bytes, out var length)) return false;
        bytes = bytes[..length];
        return true;
    }
}
