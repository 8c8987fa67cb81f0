using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Chorale.Mqtt;
using Chorale.Protocol;
using Chorale.TestKit;

namespace Chorale.Bench.Page;

/// <summary>Modules that say something new all the time, at a real broker: nine of ten messages are a changed status, the tenth levels.</summary>
internal sealed class LiveLoad : IAsyncDisposable
{
    private const string Topic = "rslogger/audio";
    private readonly MqttClient _client;
    private readonly int _modules;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Random _random = new(7);
    private Task _loop = Task.CompletedTask;
    private long _sent;

    public LiveLoad(TestBroker broker, int modules)
    {
        (_client, _modules) = (broker.Client(), modules);
        _client.Start();
    }

    public static string Name(int module) => $"mic-{module:0000}";

    public async Task BeginAsync(int messagesPerSecond)
    {
        await Wait.Until("the modules have their connection", () => _client.IsConnected);
        for (var n = 0; n < _modules; n++) await SayAsync(n, null);
        _loop = Task.Run(() => RunAsync(messagesPerSecond));
    }

    /// <summary>A change that a page can be searched for.</summary>
    public async Task<double> ChangeAsync(int module, string token)
    {
        var at = Now();
        await SayAsync(module, token);
        return at;
    }

    public async Task<double> RateAsync(TimeSpan over)
    {
        var (before, watch) = (Interlocked.Read(ref _sent), Stopwatch.StartNew());
        await Task.Delay(over);
        return (Interlocked.Read(ref _sent) - before) / watch.Elapsed.TotalSeconds;
    }

    public static double Now() => (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMilliseconds;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _client.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task RunAsync(int messagesPerSecond)
    {
        var (watch, said) = (Stopwatch.StartNew(), 0L);
        while (!_stopping.IsCancellationRequested)
        {
            for (var due = (long)(watch.Elapsed.TotalSeconds * messagesPerSecond); said < due; said++)
            {
                var module = _random.Next(1, _modules);
                if (said % 10 == 0) Publish($"{Topic}/{Name(module)}/levels", new JsonObject { ["peak"] = new JsonArray(-12.5), ["rms"] = new JsonArray(-30.5 - _random.Next(20)) });
                else Publish($"{Topic}/{Name(module)}/status", Status(module, null));
                Interlocked.Increment(ref _sent);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), _stopping.Token);
        }
    }

    private void Publish(string topic, JsonObject body) => _ = _client.PublishAsync(new MqttMessage(topic, JsonSerializer.SerializeToUtf8Bytes(body)));

    private Task<MqttDelivery> SayAsync(int module, string? token) => _client.PublishAsync(new MqttMessage($"{Topic}/{Name(module)}/status", JsonSerializer.SerializeToUtf8Bytes(Status(module, token)), 1));

    private JsonObject Status(int module, string? token) => new()
    {
        ["module_id"] = Name(module), ["state"] = "idle", ["timestamp"] = WallTime.ToText(TimeProvider.System.GetUtcNow()), ["session"] = 1, ["version"] = "bench", ["heartbeat"] = 30,
        ["levels"] = new JsonArray(-30 - _random.Next(20)), ["durable_lag_ms"] = 40 + _random.Next(20), ["error"] = token,
        ["queue"] = new JsonObject { ["chunks"] = _random.Next(3), ["bytes"] = _random.Next(900_000), ["oldest"] = null },
    };
}
