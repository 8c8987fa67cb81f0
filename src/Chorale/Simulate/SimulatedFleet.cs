using Chorale.Mqtt;
using Chorale.Protocol;
using Microsoft.Extensions.Logging;

namespace Chorale.Simulate;

/// <param name="Modules">How many.</param>
/// <param name="Prefix">Of their names.</param>
/// <param name="Connections">Over how many connections; a Will is the module's own only while there is one for each.</param>
/// <param name="Heartbeat">Between two statuses of one module.</param>
internal sealed record SimulationPlan(MqttOptions Broker, string BaseTopic, int Modules, string Prefix, int Connections, TimeSpan Heartbeat);

/// <summary>Modules without microphones, at a real broker, and their uploads. Bounded: it ends with its token.</summary>
internal sealed class SimulatedFleet(SimulationPlan plan, SimulatedUploads? uploads, TimeSpan chunkLength, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(50);

    /// <summary>Chunks on their way at once; a hub that is slower than the modules is seen by the receipts, not by the memory of this process.</summary>
    private const int UploadsAtOnce = 256;

    private readonly List<MqttClient> _clients = [];
    private readonly List<SimulatedModule> _modules = [];

    public long Answered => _modules.Sum(m => Interlocked.Read(ref m.Answered));

    public int Connected => _clients.Count(c => c.IsConnected);

    public async Task RunAsync(CancellationToken stopping)
    {
        Build();
        try
        {
            foreach (var client in _clients) client.Start();
            await LiveAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
        finally
        {
            await Task.WhenAll(_modules.Where(m => !m.HasEnded).Select(Task (m) => m.GoodbyeAsync())).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.WhenAll(_clients.Select(c => c.DisposeAsync().AsTask()));
        }
    }

    private void Build()
    {
        var session = WallTime.ToMicroseconds(time.GetUtcNow()) / 1_000_000; // rises from one simulation to the next
        var own = plan.Connections >= plan.Modules;
        var groups = Enumerable.Range(0, plan.Modules).GroupBy(n => n % plan.Connections);
        foreach (var group in groups)
        {
            var names = group.Select(n => $"{plan.Prefix}{n:0000}").ToList();
            // The Will needs the module, and the module its client: the message alone is made first.
            var will = own ? new SimulatedModule(names[0], plan.BaseTopic, null!, session, plan.Heartbeat, time).Will : null;
            var client = new MqttClient(plan.Broker with { Will = will, ClientId = null }, time, log);
            var modules = names.ConvertAll(n => new SimulatedModule(n, plan.BaseTopic, client, session, plan.Heartbeat, time));
            modules.ForEach(m => m.Subscribe());
            client.OnConnected = _ =>
            {
                modules.ForEach(m => m.Beat());
                return Task.CompletedTask;
            };
            _clients.Add(client);
            _modules.AddRange(modules);
            foreach (var module in modules) uploads?.Register(module.Id);
        }
    }

    /// <summary>Beats and chunks are spread over their periods, as those of modules are that were started by people.</summary>
    private async Task LiveAsync(CancellationToken stopping)
    {
        var begun = time.GetTimestamp();
        var beats = _modules.Select((_, n) => plan.Heartbeat * n / _modules.Count).ToArray();
        var chunks = _modules.Select((_, n) => chunkLength * n / _modules.Count + TimeSpan.FromSeconds(1)).ToArray();
        using var room = new SemaphoreSlim(UploadsAtOnce);
        using var tick = new PeriodicTimer(Turn, time);
        while (await tick.WaitForNextTickAsync(stopping))
        {
            var (elapsed, now) = (time.GetElapsedTime(begun), time.GetUtcNow());
            for (var n = 0; n < _modules.Count; n++)
            {
                _modules[n].Turn(now);
                if (elapsed >= beats[n])
                {
                    beats[n] += plan.Heartbeat;
                    _modules[n].Beat();
                }

                if (uploads is null || elapsed < chunks[n] || _modules[n].HasEnded) continue;
                chunks[n] += chunkLength;
                await room.WaitAsync(stopping);
                _ = SendAsync(_modules[n].Id, room, stopping);
            }
        }
    }

    private async Task SendAsync(string module, SemaphoreSlim room, CancellationToken stopping)
    {
        await uploads!.SendAsync(module, stopping);
        try
        {
            room.Release();
        }
        catch (ObjectDisposedException)
        {
            // The simulation has ended meanwhile.
        }
    }
}
