using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Chorale.Recorder.Upload;

/// <summary>Where a server is and how it is trusted.</summary>
/// <param name="BaseUrl"><c>http</c> or <c>https</c>; a path in front of the API is kept, a slash at the end is not.</param>
/// <param name="CaCertificatePath">PEM file with the certificates of a private authority; null = those of the system only.</param>
public sealed record ServerOptions(string BaseUrl, string? CaCertificatePath = null)
{
    /// <summary>No byte gone out and none come in for this long: the attempt has failed. A slow link that moves is left alone.</summary>
    public TimeSpan ProgressTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>True when audio and tokens would cross a network in the clear.</summary>
    public bool IsUnprotected => Parse() is { Scheme: "http", IsLoopback: false };

    /// <summary>Address of an endpoint, path beginning with a slash.</summary>
    internal Uri At(string path) => new(Parse().AbsoluteUri.TrimEnd('/') + path);

    /// <exception cref="ArgumentException">Names the address and what is allowed.</exception>
    internal Uri Parse()
    {
        if (!Uri.TryCreate(BaseUrl, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0)
            throw new ArgumentException($"server address '{BaseUrl}': must be http://host or https://host, with a port and a path if needed");
        if (uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
            throw new ArgumentException($"server address of host '{uri.Host}': must not hold a password, a query or a fragment; credentials have settings of their own");
        return uri;
    }

    /// <summary>Null = the system's rules.</summary>
    internal RemoteCertificateValidationCallback? CreateValidation()
    {
        if (CaCertificatePath is null) return null;
        var roots = new X509Certificate2Collection();
        try
        {
            roots.ImportFromPemFile(CaCertificatePath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ArgumentException($"CA certificate '{CaCertificatePath}' cannot be read as PEM: {e.Message}", e);
        }

        if (roots.Count == 0) throw new ArgumentException($"CA certificate '{CaCertificatePath}' holds no certificate in PEM form");
        return (_, certificate, sent, errors) => errors == SslPolicyErrors.None
            || (errors == SslPolicyErrors.RemoteCertificateChainErrors && certificate is X509Certificate2 leaf && LeadsToOneOf(roots, leaf, sent));
    }

    /// <summary>Name mismatches never get here: only the question of who signed is answered by the private authority.</summary>
    private static bool LeadsToOneOf(X509Certificate2Collection roots, X509Certificate2 leaf, X509Chain? sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // a private authority seldom publishes a list
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1")); // server authentication
        foreach (var element in sent?.ChainElements ?? Enumerable.Empty<X509ChainElement>()) chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        return chain.Build(leaf);
    }
}
