using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Chorale.Audio.Files;
using Chorale.Protocol.Chunks;
using Chorale.Recorder.Spool;
using Chorale.Recorder.Upload;

namespace Chorale.Tests.Hub;

/// <summary>A hub with a certificate of a private authority, and our recorder's sink that is told to trust it.</summary>
public sealed class HttpsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_recorder_that_trusts_the_private_authority_uploads_and_one_that_does_not_keeps_its_chunk()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authority = MakeAuthority(key, "CN=Chorale test authority");
        MakeServer(authority, "hub", IPAddress.Loopback);
        File.WriteAllText(_folder["ca.pem"], authority.ExportCertificatePem());
        await using var hub = await StartAsync("hub");
        Assert.Equal("https", hub.Url.Scheme);
        var (point, register, device) = (TestHub.Point, TestHub.Register, TestHub.DeviceId);
        var token = hub.IssueDevice();
        var chunk = Chunk();

        async Task<UploadResult> SendAsync(string? ca)
        {
            using var sink = new IngestSink(
                new IngestOptions(new ServerOptions(hub.Url.ToString(), ca), point, register, device, token), TimeProvider.System, hub.Log.CreateLogger("upload"));
            return await sink.SendAsync(chunk, CancellationToken.None);
        }

        Assert.Equal(UploadOutcome.Accepted, (await SendAsync(_folder["ca.pem"])).Outcome);
        Assert.Single(hub.Chunks());

        using var otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = MakeAuthority(otherKey, "CN=somebody else");
        File.WriteAllText(_folder["other.pem"], other.ExportCertificatePem());
        foreach (var ca in (string?[])[null, _folder["other.pem"]])
        {
            var refused = await SendAsync(ca);
            Assert.Equal(UploadOutcome.Unavailable, refused.Outcome);
            Assert.Contains("certificate", refused.Detail, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_not_believed_even_from_the_private_authority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authority = MakeAuthority(key, "CN=Chorale test authority");
        MakeServer(authority, "elsewhere", IPAddress.Parse("192.0.2.7"));
        File.WriteAllText(_folder["ca.pem"], authority.ExportCertificatePem());
        await using var hub = await StartAsync("elsewhere");
        using var sink = new IngestSink(
            new IngestOptions(new ServerOptions(hub.Url.ToString(), _folder["ca.pem"]), TestHub.Point, TestHub.Register, TestHub.DeviceId, hub.IssueDevice()),
            TimeProvider.System, hub.Log.CreateLogger("upload"));
        Assert.Equal(UploadOutcome.Unavailable, (await sink.SendAsync(Chunk(), CancellationToken.None)).Outcome);
        Assert.Empty(hub.Chunks());
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_read_is_named_at_the_start()
    {
        File.WriteAllText(_folder["hub.pem"], "-----BEGIN CERTIFICATE-----\nnot one\n-----END CERTIFICATE-----\n");
        File.WriteAllText(_folder["hub.key"], "");
        var e = await Assert.ThrowsAsync<Chorale.Hub.HubStartException>(() => StartAsync("hub"));
        Assert.Contains(_folder["hub.pem"], e.Message, StringComparison.Ordinal);
    }

    private Task<TestHub> StartAsync(string name) =>
        TestHub.StartAsync(s => s with { CertificateFile = _folder[name + ".pem"], CertificateKeyFile = _folder[name + ".key"] });

    private static X509Certificate2 MakeAuthority(ECDsa key, string name)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
    }

    private void MakeServer(X509Certificate2 authority, string name, IPAddress address)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=hub", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.Create(authority, now.AddHours(-1), now.AddDays(7), [1, 2, 3, 4]);
        File.WriteAllText(_folder[name + ".pem"], certificate.ExportCertificatePem());
        File.WriteAllText(_folder[name + ".key"], key.ExportPkcs8PrivateKeyPem());
    }

    private SpoolChunk Chunk()
    {
        var file = OggChunk.Make(5);
        File.WriteAllBytes(_folder["chunk.ogg"], file);
        var start = new DateTimeOffset(2026, 1, 5, 10, 0, 0, TimeSpan.Zero);
        return new SpoolChunk
        {
            RowId = 1, Id = new ChunkId(Guid.Parse("00000000-0000-8000-8000-000000000001")), State = ChunkState.Ready, Path = _folder["chunk.ogg"], Codec = AudioCodec.Opus,
            Recorder = "kitchen", Run = Guid.Parse("00000000-0000-0000-0000-0000000000f1"), Number = 0, FirstFrame = 0, Frames = 240_000, RateHz = 48_000,
            Channels = 1, StartAt = start, EndAt = start.AddSeconds(5), RecordingStartAt = start, SizeBytes = file.Length,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(file)),
        };
    }
}
