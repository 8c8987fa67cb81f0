using System.Security.Cryptography;
using System.Text;

namespace Chorale.Hub.Access;

/// <summary>What a credential is good for.</summary>
public enum CredentialKind
{
    /// <summary>Uploads chunks of one device.</summary>
    Device,

    /// <summary>Client id and secret that <c>/oauth/token</c> exchanges for a token that uploads.</summary>
    Client,

    /// <summary>A person: page, API, administration.</summary>
    Operator,

    /// <summary>A program that administers devices.</summary>
    Admin,

    /// <summary>A program that fetches files of the archive.</summary>
    Internal,
}

/// <summary>One credential, without its secret.</summary>
public sealed record Credential(string Id, CredentialKind Kind, string Subject, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt);

/// <summary>A credential just made: the only time its secret is seen.</summary>
public sealed record IssuedToken(string Id, CredentialKind Kind, string Subject, string Secret);

/// <summary>Secrets: 256 random bits in base64url after a prefix that secret scanners find; stored as SHA-256.</summary>
internal static class Secrets
{
    public static string Create(CredentialKind kind) => Create(kind.ToString().ToLowerInvariant());

    /// <param name="what">What it opens, in a word.</param>
    public static string Create(string what)
    {
        var text = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        return $"chorale_{what}_{text}";
    }

    /// <summary>
    /// A plain hash, unsalted: 256 random bits cannot be guessed, and the index finds the row by it. A secret that somebody else chose
    /// (<c>token_plain</c>) is as strong as they made it.
    /// </summary>
    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>Takes the same time wherever the two differ.</summary>
    public static bool AreEqual(string a, string b) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(a)), SHA256.HashData(Encoding.UTF8.GetBytes(b)));
}
