using System.Buffers;
using System.Net.WebSockets;
using Chorale.Fleet;
using Chorale.Protocol.Modules;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub.Fleet;

/// <summary>One recorder on its WebSocket, for as long as it stays: a way to a module (<see cref="IModuleLink"/>) beside the broker.</summary>
internal sealed class RecorderSocket(WebSocket socket, ModuleId module, TimeProvider time, ILogger log) : IModuleLink, IDisposable
{
    private static readonly TimeSpan GoodbyePatience = TimeSpan.FromMilliseconds(500);

    private readonly SocketTranslation _translation = new(module, time);
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly CancellationTokenSource _ended = new();
    private ModulePort? _port;
    private long _unreadable;
    private volatile bool _isReplaced;

    public string Name => "websocket";

    public bool IsConnected => socket.State == WebSocketState.Open;

    /// <summary>Follows the recorder until either side goes.</summary>
    public async Task RunAsync(ModulePort port, CancellationToken stopping)
    {
        _port = port;
        await using var leaving = stopping.Register(() => _ = LeaveAsync(WebSocketCloseStatus.EndpointUnavailable, "the hub ends"));
        var asking = AskAsync(_ended.Token);
        var buffer = ArrayPool<byte>.Shared.Rent(Protocol.Limits.ControlBytesMax + 1);
        try
        {
            while (await ReceiveAsync(buffer, _ended.Token) is { } length) Take(buffer.AsSpan(0, length));
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException)
        {
            // It went without a word, or was told to.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            await _ended.CancelAsync();
            await asking;
        }

        await CloseAsync(WebSocketCloseStatus.NormalClosure, null);
        if (_isReplaced) return; // the name lives on in another connection
        lock (_gate) port.Say(_translation.Goodbye());
    }

    /// <summary>A newer connection has the name.</summary>
    public void Replace(string reason)
    {
        _isReplaced = true;
        _ = LeaveAsync(WebSocketCloseStatus.PolicyViolation, reason);
    }

    public async Task<string?> SendAsync(ModuleId to, ModuleCommand command, TimeSpan expiry, CancellationToken cancel)
    {
        IReadOnlyList<byte[]> frames;
        lock (_gate)
        {
            (frames, var refusal) = _translation.Translate(command);
            if (refusal is not null) _port?.Say(refusal);
        }

        foreach (var frame in frames)
        {
            if (await SendAsync(frame, expiry, cancel) is { } problem) return problem;
        }

        return null;
    }

    /// <summary>There is no clock on this wire.</summary>
    public Task<bool> AskClockAsync(ModuleId of, ClockQuestion question, CancellationToken cancel) => Task.FromResult(false);

    public void Dispose()
    {
        _sending.Dispose();
        _ended.Dispose();
    }

    private async Task<string?> SendAsync(byte[] frame, TimeSpan expiry, CancellationToken cancel)
    {
        if (!IsConnected) return "the recorder's connection has ended";
        using var late = new CancellationTokenSource(expiry, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancel);
        try
        {
            await _sending.WaitAsync(either.Token);
            try
            {
                await socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, either.Token);
                return null;
            }
            finally
            {
                _sending.Release();
            }
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or IOException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return e is OperationCanceledException ? "the recorder's connection does not take it" : "the recorder's connection has ended";
        }
    }

    private async Task AskAsync(CancellationToken stopping)
    {
        try
        {
            using var tick = new PeriodicTimer(SocketTranslation.AskEvery, time);
            do
            {
                if (await SendAsync(SocketTranslation.AskStatus(), SocketTranslation.AskEvery, stopping) is not null) return;
            }
            while (await tick.WaitForNextTickAsync(stopping));
        }
        catch (OperationCanceledException)
        {
            // The connection ends.
        }
    }

    /// <returns>Bytes of one message; null when the recorder says goodbye or sends what cannot be taken.</returns>
    private async Task<int?> ReceiveAsync(byte[] buffer, CancellationToken stopping)
    {
        var length = 0;
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(length), stopping);
            if (part.MessageType == WebSocketMessageType.Close) return null;
            length += part.Count;
            if (length > Protocol.Limits.ControlBytesMax)
            {
                Log.SocketTooLarge(log, module.Value, Protocol.Limits.ControlBytesMax);
                return null;
            }

            if (part.EndOfMessage) return length;
        }
    }

    private void Take(ReadOnlySpan<byte> payload)
    {
        if (RecorderSocketMessage.Read(payload, out var problem) is not { } message)
        {
            if (++_unreadable is var count && (count & (count - 1)) == 0) Log.SocketUnreadable(log, module.Value, payload.Length, problem!.ToString(), count);
            return;
        }

        lock (_gate)
        {
            foreach (var said in _translation.Heard(message))
            {
                switch (said)
                {
                    case ModuleStatus status:
                        _port!.Say(status);
                        break;
                    case ModuleResponse response:
                        _port!.Say(response);
                        break;
                    case ModuleData data:
                        _port!.Say(data);
                        break;
                }
            }
        }
    }

    /// <summary>Says goodbye, then waits a moment for the recorder to say so too. To cancel a receive is to cut the connection.</summary>
    private async Task LeaveAsync(WebSocketCloseStatus status, string reason)
    {
        try
        {
            await CloseAsync(status, reason);
            _ended.CancelAfter(GoodbyePatience);
        }
        catch (ObjectDisposedException)
        {
            // It has gone by itself meanwhile.
        }
    }

    private async Task CloseAsync(WebSocketCloseStatus status, string? reason)
    {
        using var patience = new CancellationTokenSource(GoodbyePatience, time);
        try
        {
            await _sending.WaitAsync(patience.Token);
            try
            {
                if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await socket.CloseOutputAsync(status, reason, patience.Token);
            }
            finally
            {
                _sending.Release();
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            socket.Abort();
        }
    }
}
