using System.Net;
using Chorale.Hub;
using Chorale.Hub.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace Chorale.Bench.Ingest;

/// <summary>
/// A hub in a process of its own. Writes its address and one token per sender, a line each, then waits for its standard input to end,
/// which it does when the benchmark does, however that ends.
/// </summary>
internal static class HubChild
{
    public static async Task<int> RunAsync(string folder, int senders)
    {
        var settings = new HubSettings { DataFolder = folder, Listen = [new ListenAddress(IPAddress.Loopback, 0)], Zone = TimeZoneInfo.Utc };
        await using var hub = await HubHost.StartAsync(settings, TimeProvider.System, NullLoggerFactory.Instance);
        Console.WriteLine(hub.Addresses[0]);
        for (var n = 0; n < senders; n++) Console.WriteLine(hub.Tokens.IssueDevice(Upload.DeviceId(n), Upload.Place, Upload.Place).Secret);
        await Console.In.ReadToEndAsync();
        return 0;
    }
}
