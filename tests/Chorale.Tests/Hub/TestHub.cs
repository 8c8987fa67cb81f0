using System.Text.Json;
using Chorale.Archive.Index;
using Chorale.Hub;
using Chorale.Hub.Access;
using Chorale.Hub.Settings;
using Dapper;

namespace Chorale.Tests.Hub;

/// <summary>A hub of a test's own on a free loopback port.</summary>
internal sealed class TestHub : IAsyncDisposable
{
    public const string Point = "00000000-0000-0000-0000-0000000000a1";
    public const string Register = "00000000-0000-0000-0000-0000000000b2";
    public const string DeviceId = "00000000-0000-0000-0000-0000000000c3";
    private readonly TempFolder? _ownFolder;

    private TestHub(HubHost host, TempFolder? ownFolder, TestLog log) => (Host, _ownFolder, Log) = (host, ownFolder, log);

    public HubHost Host { get; }
    public TestLog Log { get; }
    public Uri Url => new(Host.Addresses[0]);

    public static async Task<TestHub> StartAsync(Func<HubSettings, HubSettings>? change = null, TempFolder? folder = null, TimeProvider? time = null)
    {
        var own = folder is null ? new TempFolder() : null;
        var settings = new HubSettings { DataFolder = (folder ?? own)!.Path, Listen = [new ListenAddress(System.Net.IPAddress.Loopback, 0)], Zone = TimeZoneInfo.Utc };
        var log = new TestLog();
        return new TestHub(await HubHost.StartAsync(change?.Invoke(settings) ?? settings, time ?? TimeProvider.System, log), own, log);
    }

    public string IssueDevice(string? deviceId = null, string? zone = null) =>
        Host.Tokens.IssueDevice(deviceId ?? DeviceId, Point, Register, zone).Secret;

    public IReadOnlyList<ChunkRow> Chunks() => Host.Index.Read(c => c.Query<ChunkRow>("SELECT * FROM chunks ORDER BY start_us, chunk_id").AsList());

    public string[] Refused() => Host.Index.Read(c => c.Query<string>("SELECT reason FROM refused ORDER BY at_us").ToArray());

    public byte[] Stored(ChunkRow row) => File.ReadAllBytes(Path.Combine(Host.Store.Folder, row.Path));

    public static JsonElement Json(RawHttp.Reply reply) => JsonDocument.Parse(reply.Body).RootElement;

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        _ownFolder?.Dispose();
    }
}
