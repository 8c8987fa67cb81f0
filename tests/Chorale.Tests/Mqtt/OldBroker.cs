using System.Net;
using System.Net.Sockets;

namespace Chorale.Tests.Mqtt;

/// <summary>Refuses CONNECT of MQTT 5 as brokers before it do (MQTT 3.1.1 §3.2.2.3), and passes everything else on to a real one.</summary>
internal sealed class OldBroker : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly int _target;
    private readonly Task _serving;
    private int _refused;

    public OldBroker(int target)
    {
        _target = target;
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Refused => Volatile.Read(ref _refused);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Stop();
        await _serving;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true) _ = TalkAsync(await _listener.AcceptTcpClientAsync(_ending.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // The end.
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        try
        {
            using var _ = client;
            var stream = client.GetStream();
            var first = new byte[4096];
            var count = await stream.ReadAsync(first, _ending.Token);
            if (count == 0) return; // somebody only looked whether we are there
            // Fixed header of 2 bytes (a short CONNECT), "MQTT" with its length, then the protocol level.
            if (first[8] == 5)
            {
                Interlocked.Increment(ref _refused);
                await stream.WriteAsync(new byte[] { 0x20, 2, 0, 1 }, _ending.Token);
                return;
            }

            using var target = new TcpClient();
            await target.ConnectAsync(IPAddress.Loopback, _target, _ending.Token);
            await target.GetStream().WriteAsync(first.AsMemory(0, count), _ending.Token);
            await Task.WhenAny(stream.CopyToAsync(target.GetStream(), _ending.Token), target.GetStream().CopyToAsync(stream, _ending.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException)
        {
            // Cut.
        }
    }
}
