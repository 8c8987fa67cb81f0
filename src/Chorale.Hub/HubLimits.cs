using System.Security.Cryptography.X509Certificates;
using Chorale.Hub.Settings;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Chorale.Hub;

/// <summary>Bounds of the HTTP server.</summary>
internal static class HubLimits
{
    /// <summary>What a request under way gets when the hub stops; a recorder sends again what was cut off.</summary>
    public static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(2);

    /// <summary>A WebSocket whose other side is gone without a word is noticed within twice this.</summary>
    public static readonly TimeSpan SocketPing = TimeSpan.FromSeconds(15);

    /// <summary>Bodies of everything but uploads, which raise it for themselves.</summary>
    private const long BodyBytesMax = 1 << 20;

    public static void Apply(KestrelServerOptions kestrel, HubSettings settings)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = BodyBytesMax;
        kestrel.Limits.MaxRequestHeadersTotalSize = 48 * 1024; // a Chorale-Chunk header of up to 16 k characters, and the rest
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        kestrel.Limits.MaxConcurrentConnections = 20_000; // 10 000 recorders with a spare connection each
        // A recorder on a bad mobile link may take minutes for a chunk: 100 bytes/s after 20 s, else the sender is gone.
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(100, TimeSpan.FromSeconds(20));
        var certificate = settings.CertificateFile is { } file ? Load(file, settings) : null;
        foreach (var listen in settings.Listen)
        {
            kestrel.Listen(listen.Address, listen.Port, options =>
            {
                if (certificate is not null && !listen.IsPlain) options.UseHttps(certificate);
                else options.Protocols = HttpProtocols.Http1; // HTTP/2 without TLS is for nobody here
            });
        }
    }

    /// <summary>When the certificate ends; null: there is none.</summary>
    public static DateTimeOffset? CertificateEnds(HubSettings settings)
    {
        if (settings.CertificateFile is not { } file) return null;
        using var certificate = Load(file, settings);
        return certificate.NotAfter.ToUniversalTime();
    }

    private static X509Certificate2 Load(string file, HubSettings settings)
    {
        try
        {
            if (file.EndsWith(".pfx", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".p12", StringComparison.OrdinalIgnoreCase))
                return X509CertificateLoader.LoadPkcs12FromFile(file, settings.CertificatePassword);
            return settings.CertificatePassword is { } password
                ? X509Certificate2.CreateFromEncryptedPemFile(file, password, settings.CertificateKeyFile)
                : X509Certificate2.CreateFromPemFile(file, settings.CertificateKeyFile);
        }
        catch (Exception e) when (e is IOException or System.Security.Cryptography.CryptographicException or UnauthorizedAccessException)
        {
            throw new HubStartException($"certificate {file}: {e.Message}", e);
        }
    }
}
