using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Chorale.TestKit;

namespace Chorale.Bench.FleetPage;

/// <summary>Debian's Chromium without a screen, asked over its own debugging protocol: one page, one question at a time.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly TempFolder _profile;
    private readonly ChildProcess _process;
    private readonly ClientWebSocket _socket = new();
    private int _id;

    private Chromium(TempFolder profile, ChildProcess process) => (_profile, _process) = (profile, process);

    public static async Task<Chromium> StartAsync()
    {
        var profile = new TempFolder();
        var chromium = new Chromium(profile, ChildProcess.Start("/usr/bin/chromium",
        [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", "--window-size=1280,900", "--remote-debugging-port=0", $"--user-data-dir={profile.Path}", "about:blank",
        ]));
        var told = Path.Combine(profile.Path, "DevToolsActivePort");
        await Wait.Until("Chromium listens", () => File.Exists(told) && File.ReadAllLines(told).Length > 1, Patience);
        using var http = new HttpClient();
        var pages = await http.GetFromJsonAsync<JsonElement>($"http://127.0.0.1:{File.ReadAllLines(told)[0]}/json");
        var page = pages.EnumerateArray().First(p => p.GetProperty("type").GetString() == "page");
        await chromium._socket.ConnectAsync(new Uri(page.GetProperty("webSocketDebuggerUrl").GetString()!), CancellationToken.None);
        await chromium.SendAsync("Page.enable", new { });
        return chromium;
    }

    public Task BeforeAsync(string script) => SendAsync("Page.addScriptToEvaluateOnNewDocument", new { source = script });

    public Task OpenAsync(string address) => SendAsync("Page.navigate", new { url = address });

    public async Task<JsonElement> EvaluateAsync(string expression)
    {
        var answer = await SendAsync("Runtime.evaluate", new { expression, awaitPromise = true, returnByValue = true });
        if (answer.TryGetProperty("exceptionDetails", out var failed)) throw new InvalidOperationException(failed.GetRawText());
        return answer.GetProperty("result").TryGetProperty("value", out var value) ? value : default;
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _process.Dispose();
        await Task.Yield();
        _profile.Dispose();
    }

    private async Task<JsonElement> SendAsync(string method, object parameters)
    {
        using var patience = new CancellationTokenSource(Patience);
        var id = ++_id;
        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new { id, method, @params = parameters }), WebSocketMessageType.Text, true, patience.Token);
        var buffer = new byte[1 << 16];
        while (true)
        {
            var text = new StringBuilder();
            WebSocketReceiveResult part;
            do
            {
                part = await _socket.ReceiveAsync(buffer, patience.Token);
                text.Append(Encoding.UTF8.GetString(buffer, 0, part.Count));
            }
            while (!part.EndOfMessage);
            var said = JsonDocument.Parse(text.ToString()).RootElement;
            if (!said.TryGetProperty("id", out var of) || of.GetInt32() != id) continue; // an event
            return said.TryGetProperty("result", out var result) ? result : throw new InvalidOperationException(said.GetRawText());
        }
    }
}
