using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.WebSockets;
using Chorale.Fleet;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub.Fleet;

/// <summary>The recorders that are connected by a WebSocket now, by name.</summary>
internal sealed class RecorderSockets(FleetController fleet, TimeProvider time, ILogger log)
{
    private const int RefusalsMax = 1_000;
    private readonly Lock _gate = new();
    private readonly Dictionary<ModuleId, (RecorderSocket Recorder, string? Sender)> _open = [];
    private readonly Dictionary<(ModuleId Id, string Sender), int> _refusals = [];

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

    /// <summary>Whether a device has a token that is good now.</summary>
    public Func<string, bool> CanSend { get; set; } = _ => true;

    /// <summary>The other device that is connected under this name and may be; null: nobody's. Who is called so comes first.</summary>
    public string? OtherSender(ModuleId id, string? sender)
    {
        if (sender is null || sender == id.Value) return null;
        string? other;
        lock (_gate) other = _open.GetValueOrDefault(id).Sender;
        return other is not null && other != sender && CanSend(other) ? other : null; // not under the lock: it may read a disk
    }

    /// <summary>A recorder asks again every few seconds: told at the 1st, 2nd, 4th ... time.</summary>
    public void Refuse(ModuleId id, string sender, string owner)
    {
        int count;
        lock (_gate)
        {
            if (_refusals.Count >= RefusalsMax) _refusals.Clear();
            count = _refusals[(id, sender)] = _refusals.GetValueOrDefault((id, sender)) + 1;
        }

        if ((count & (count - 1)) == 0) Log.SocketRefused(log, id.Value, sender, owner, count);
    }

    /// <summary>Follows one recorder until it goes. Whoever has its name already is told so and leaves: a connection that hangs must not keep its recorder out.</summary>
    /// <param name="sender">The device whose token it came with; null: it came without one, from this machine.</param>
    public async Task FollowAsync(WebSocket socket, ModuleId id, string? sender, string from, CancellationToken stopping)
    {
        using var recorder = new RecorderSocket(socket, id, time, log);
        if (!TryTake(id, recorder, sender, out var before, out var owner))
        {
            Refuse(id, sender!, owner);
            await socket.CloseOutputAsync(WebSocketCloseStatus.PolicyViolation, "the name is another device's", stopping);
            return;
        }

        try
        {
            if (fleet.Attach(id, recorder) is not { } port)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.PolicyViolation, "there are too many modules", stopping);
                return;
            }

            if (before is not null)
            {
                Log.SocketReplaced(log, id.Value, from);
                before.Replace("another connection has this id");
            }

            Log.SocketOpened(log, id.Value, from);
            await recorder.RunAsync(port, stopping);
        }
        finally
        {
            lock (_gate)
            {
                if (_open.GetValueOrDefault(id).Recorder == recorder) _open.Remove(id);
            }
        }

        Log.SocketClosed(log, id.Value);
    }

    private bool TryTake(ModuleId id, RecorderSocket recorder, string? sender, out RecorderSocket? before, [NotNullWhen(false)] out string? owner)
    {
        while (true)
        {
            lock (_gate) before = _open.GetValueOrDefault(id).Recorder;
            owner = OtherSender(id, sender);
            if (owner is not null) return false;
            lock (_gate)
            {
                if (_open.GetValueOrDefault(id).Recorder != before) continue; // somebody came or went meanwhile
                _open[id] = (recorder, sender);
                return true;
            }
        }
    }
}
