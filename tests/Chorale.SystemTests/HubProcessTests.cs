using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Chorale.Hub.Access;

namespace Chorale.SystemTests;

/// <summary><c>chorale hub</c> as a process of its own, killed without warning.</summary>
public sealed class HubProcessTests : IDisposable
{
    private const int Clients = 8;
    private const int Kills = 5;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Killed_at_any_moment_under_eight_uploads_it_has_every_chunk_it_acknowledged()
    {
        var secrets = new string[Clients];
        using (var access = AccessStore.Open(_folder.Path, TimeProvider.System))
        {
            for (var n = 0; n < Clients; n++) secrets[n] = access.IssueDevice(Device(n), Device(n), Device(n)).Secret;
        }

        var acknowledged = new List<(string Path, byte[] File)>();
        var random = new Random(11);
        var sent = 0;
        for (var kill = 0; kill < Kills; kill++)
        {
            using var hub = StartHub();
            var address = await AddressAsync(hub);
            using var http = new HttpClient { BaseAddress = address };
            var before = acknowledged.Count;
            var enough = before + random.Next(5, 60);
            var uploads = Enumerable.Range(0, Clients).Select(n => UploadUntilRefusedAsync(http, n, secrets[n], () => Interlocked.Increment(ref sent), acknowledged)).ToList();
            await Wait.Until("some chunks are acknowledged", () => Count(acknowledged) >= enough, TimeSpan.FromSeconds(120));
            hub.Kill(); // while all eight are sending
            await Task.WhenAll(uploads);
        }

        using var last = StartHub();
        await AddressAsync(last);
        foreach (var (path, file) in acknowledged) Assert.Equal(file, File.ReadAllBytes(Path.Combine(_folder.Path, path)));
        using var check = ChildProcess.Chorale(["archive", "check", "--data", _folder.Path, "--json"]);
        await check.ExitCodeAsync(TimeSpan.FromSeconds(120));
        var report = JsonDocument.Parse(check.Output).RootElement;
        Assert.True(report.GetProperty("rows").GetInt32() >= acknowledged.Count);
        // A file that was renamed but not yet in a committed row may stay behind: nobody was told it is safe, and its sender comes again.
        Assert.All(report.GetProperty("findings").EnumerateArray(), f => Assert.Equal("RowMissing", f.GetProperty("problem").GetString()));
        Assert.Empty(Directory.EnumerateFiles(_folder["incoming"]));
    }

    [Fact]
    public async Task A_second_hub_on_the_same_port_or_folder_says_so_and_harms_nothing()
    {
        using var first = StartHub();
        var address = await AddressAsync(first);

        using var other = new TempFolder();
        using var samePort = ChildProcess.Chorale(["hub", "--data", other.Path, "--listen", $"127.0.0.1:{address.Port}"]);
        Assert.Equal(1, await samePort.ExitCodeAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains($"The hub cannot start: port {address.Port} is in use by another program", samePort.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", samePort.Output, StringComparison.Ordinal);

        File.WriteAllText(_folder["incoming/0123.part"], "an upload under way");
        using var sameFolder = ChildProcess.Chorale(["hub", "--data", _folder.Path, "--listen", "127.0.0.1:0"]);
        Assert.Equal(1, await sameFolder.ExitCodeAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("another hub works on this folder", sameFolder.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["incoming/0123.part"]));

        first.Signal("TERM");
        Assert.Equal(0, await first.ExitCodeAsync());
    }

    private static string Device(int n) => $"device-{n}";

    private static int Count(List<(string, byte[])> list)
    {
        lock (list) return list.Count;
    }

    private ChildProcess StartHub() => ChildProcess.Chorale(["hub", "--data", _folder.Path, "--listen", "127.0.0.1:0"]);

    private static async Task<Uri> AddressAsync(ChildProcess hub)
    {
        Match Said() => Regex.Match(hub.Output, @"The hub listens on (http://[\d.]+:\d+)");
        await Wait.Until("the hub listens", () => hub.HasExited || Said().Success, TimeSpan.FromSeconds(60));
        Assert.False(hub.HasExited, hub.Output);
        return new Uri(Said().Groups[1].Value);
    }

    private static async Task UploadUntilRefusedAsync(HttpClient http, int client, string secret, Func<int> next, List<(string, byte[])> acknowledged)
    {
        while (true)
        {
            var number = next();
            var file = OggChunk.Make(5, seed: number);
            var start = new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero).AddSeconds(number * 5);
            using var form = new MultipartFormDataContent();
            foreach (var (name, value) in ((string, string)[])[
                ("point_id", Device(client)), ("register_id", Device(client)), ("device_id", Device(client)), ("start_ts", start.ToString("O")),
                ("end_ts", start.AddSeconds(5).ToString("O")), ("codec", "opus"), ("sample_rate", "48000"), ("channels", "1")])
                form.Add(new StringContent(value), name);
            form.Add(new ByteArrayContent(file), "chunk_file", "chunk.ogg");
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/chunks") { Content = form };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
            try
            {
                using var answer = await http.SendAsync(request);
                var text = await answer.Content.ReadAsStringAsync();
                Assert.True(answer.IsSuccessStatusCode, text);
                lock (acknowledged) acknowledged.Add((JsonDocument.Parse(text).RootElement.GetProperty("stored_path").GetString()!, file));
            }
            catch (HttpRequestException)
            {
                return; // the hub was killed: this chunk was not acknowledged
            }
        }
    }
}
