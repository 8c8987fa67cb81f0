using System.Net;
using System.Net.WebSockets;
using Chorale.Fleet;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub.Fleet;

/// <summary>The recorders that are connected by a WebSocket now, by name.</summary>
internal sealed class RecorderSockets(FleetController fleet, TimeProvider time, ILogger log)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ModuleId, RecorderSocket> _open = [];

    /// <summary>A name for a recorder that gave none: its address, as far as names allow, and a number where that one is here already.</summary>
    public ModuleId NameOf(IPAddress? address)
    {
        var text = (address?.IsIPv4MappedToIPv6 == true ? address.MapToIPv4() : address)?.ToString() ?? "unknown";
        var name = string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).Trim('-');
        lock (_gate)
        {
            var id = new ModuleId(name);
            for (var number = 2; _open.ContainsKey(id); number++) id = new ModuleId($"{name}-{number}");
            return id;
        }
    }

    /// <summary>Follows one recorder until it goes. Whoever has its name already is told so and leaves: a connection that hangs must not keep its recorder out.</summary>
    public async Task FollowAsync(WebSocket socket, ModuleId id, string from, CancellationToken stopping)
    {
        using var recorder = new RecorderSocket(socket, id, time, log);
        if (fleet.Attach(id, recorder) is not { } port)
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.PolicyViolation, "there are too many modules", stopping);
            return;
        }

        RecorderSocket? before;
        lock (_gate)
        {
            before = _open.GetValueOrDefault(id);
            _open[id] = recorder;
        }

        if (before is not null)
        {
            Log.SocketReplaced(log, id.Value, from);
            before.Replace("another connection has this id");
        }

        Log.SocketOpened(log, id.Value, from);
        await recorder.RunAsync(port, stopping);
        lock (_gate)
        {
            if (_open.GetValueOrDefault(id) == recorder) _open.Remove(id);
        }

        Log.SocketClosed(log, id.Value);
    }
}
