using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Chorale.TestKit;

/// <summary>What the line does to a connection.</summary>
public enum LineFault
{
    None,

    /// <summary>Connections are accepted and closed at once with a reset.</summary>
    Refuse,

    /// <summary>Bytes are swallowed in both directions, the connection stays open: a NAT that forgot, a cable that was pulled.</summary>
    HalfOpen,

    /// <summary>What the client says arrives; what the server says is swallowed: an answer that got lost.</summary>
    AnswersLost,
}

/// <summary>A TCP line on loopback between a client and a server, that can be slow, cut, or half-open. Set the faults at any time.</summary>
public sealed class TcpFaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentDictionary<Socket, byte> _open = new();
    private readonly int _targetPort;
    private readonly Task _accepting;
    private volatile LineFault _fault;
    private int _accepted;

    public TcpFaultProxy(int targetPort)
    {
        _targetPort = targetPort;
        _listener.Server.ReceiveBufferSize = 64 * 1024; // accepted sockets inherit it: what a slow line has not passed on stays with the sender
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    public string Url => $"http://127.0.0.1:{Port}";

    public LineFault Fault
    {
        get => _fault;
        set => _fault = value;
    }

    /// <summary>Waits before each piece of at most 64 KiB is passed on.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Cuts both ends once so many bytes have gone up on one connection; int.MaxValue = never.</summary>
    public int CutAfterBytesUp { get; set; } = int.MaxValue;

    /// <summary>Connections accepted so far.</summary>
    public int Accepted => _accepted;

    /// <summary>Resets every connection there is; new ones are served.</summary>
    public void CutAll()
    {
        foreach (var socket in _open.Keys) Reset(socket);
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Stop();
        CutAll();
        await _accepting;
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        var lines = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_ending.Token);
                Interlocked.Increment(ref _accepted);
                lines.Add(ServeAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(lines);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        if (Fault == LineFault.Refuse)
        {
            Reset(client);
            return;
        }

        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _open[client] = _open[server] = 0;
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _targetPort, _ending.Token);
            await Task.WhenAny(PassAsync(client, server, CutAfterBytesUp, isAnswer: false), PassAsync(server, client, int.MaxValue, isAnswer: true));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Nobody behind the line: the client sees a reset.
        }

        Reset(client);
        Reset(server);
    }

    /// <summary>Never throws: an end of either side ends the line.</summary>
    private async Task PassAsync(Socket from, Socket to, int bytesMax, bool isAnswer)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            for (long passed = 0; ;)
            {
                var read = await from.ReceiveAsync(buffer, _ending.Token);
                if (read == 0) return;
                if (Fault == LineFault.HalfOpen || (isAnswer && Fault == LineFault.AnswersLost)) continue;
                if (Delay > TimeSpan.Zero) await Task.Delay(Delay, TimeProvider.System, _ending.Token);
                var room = (int)Math.Min(read, bytesMax - passed);
                await to.SendAsync(buffer.AsMemory(0, room), _ending.Token);
                passed += room;
                if (passed >= bytesMax) return;
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Cut.
        }
    }

    private void Reset(Socket socket)
    {
        _open.TryRemove(socket, out _);
        try
        {
            socket.LingerState = new LingerOption(true, 0); // close sends a reset
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed already.
        }

        socket.Dispose();
    }
}
