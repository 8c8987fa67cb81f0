using System.Diagnostics;

namespace Chorale.TestKit;

/// <summary>
/// A microphone that can be unplugged: a remapped source on the monitor of a null sink, on a PulseAudio server of the tests' own. The
/// server is shared by all tests of a process and ends with it, however it ends; this process and its children find it by PULSE_SERVER.
/// </summary>
public sealed class VirtualMicrophone : IAsyncDisposable
{
    private static int _count;

    private readonly List<Process> _players = [];
    private readonly PulseServer _server;
    private string? _sinkModule;
    private string? _sourceModule;

    private VirtualMicrophone(PulseServer server, string name)
    {
        (_server, SourceName, SinkName) = (server, name, name + "_out");
    }

    /// <summary>Name of the source on the server: record from <c>pulse:NAME</c>.</summary>
    public string SourceName { get; }

    /// <summary>What is played into this sink is what the microphone hears.</summary>
    public string SinkName { get; }

    public string Device => $"pulse:{SourceName}";

    /// <summary>Value of PULSE_SERVER.</summary>
    public string ServerAddress => _server.Address;

    /// <param name="plugged">False: the server runs, the microphone comes with <see cref="PlugAsync"/>.</param>
    /// <param name="sampleRateHz">The rate it runs at.</param>
    /// <param name="channels">1 or 2.</param>
    public static async Task<VirtualMicrophone> StartAsync(bool plugged = true, int sampleRateHz = 48_000, int channels = 1)
    {
        var server = await PulseServer.Shared.Value;
        var microphone = new VirtualMicrophone(server, $"chorale_mic_{Environment.ProcessId}_{Interlocked.Increment(ref _count)}");
        microphone._sinkModule = await server.ControlAsync(
            "load-module", "module-null-sink", $"sink_name={microphone.SinkName}", $"rate={sampleRateHz}", $"channels={channels}");
        if (plugged) await microphone.PlugAsync();
        return microphone;
    }

    /// <summary>The USB plug goes in.</summary>
    public async Task PlugAsync()
        => _sourceModule ??= await _server.ControlAsync("load-module", "module-remap-source", $"master={SinkName}.monitor", $"source_name={SourceName}",
            $"source_properties=device.description={SourceName}");

    /// <summary>The USB plug is pulled.</summary>
    public async Task UnplugAsync()
    {
        if (_sourceModule is { } module) await _server.ControlAsync("unload-module", module);
        _sourceModule = null;
    }

    /// <summary>Plays a file into the microphone, once, without waiting for its end.</summary>
    public Process Play(string wavFile)
    {
        var player = Process.Start(new ProcessStartInfo("paplay", [$"--server={ServerAddress}", $"--device={SinkName}", wavFile]))!;
        _players.Add(player);
        return player;
    }

    /// <summary>
    /// Makes it keep one pace whoever listens, as hardware does: a null sink renders ahead by the shortest time that any of its listeners asked
    /// for, so its frames come earlier or later when one comes or goes. This one asks for less than all others, until the end.
    /// </summary>
    public void KeepPace() => _players.Add(Process.Start(
        "setsid", ["sh", "-c", $"exec parec --server={ServerAddress} --device={SourceName} --latency-msec=10 --raw >/dev/null"]));

    /// <summary>Plays a sine until the microphone is disposed.</summary>
    public Process PlayTone(double hertz = 440, double amplitude = 0.25)
    {
        var command = FormattableString.Invariant(
            $"ffmpeg -v quiet -f lavfi -i 'aevalsrc={amplitude}*sin(2*PI*{hertz}*t):s=48000' -f s16le - | paplay --raw --format=s16le --rate=48000 --channels=1 --server={ServerAddress} --device={SinkName}");
        var player = Process.Start("setsid", ["sh", "-c", command]);
        _players.Add(player);
        return player;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var player in _players)
        {
            player.Kill(entireProcessTree: true);
            player.Dispose();
        }

        await UnplugAsync();
        if (_sinkModule is { } module) await _server.ControlAsync("unload-module", module);
    }
}
