using System.Net;
using System.Net.Sockets;

namespace Chorale.Mqtt;

/// <summary>
/// Asks for a TCP connection before libmosquitto does, and hangs up: the library's own connect blocks for two minutes when nobody
/// answers, cannot be interrupted, and would then find a returned broker a minute late. Blocks at most <see cref="Limits.ReachPatience"/>
/// an address, and the resolver's time.
/// </summary>
internal static class BrokerReach
{
    /// <summary>The address that answered.</summary>
    public static IPAddress? Find(string host, int port, Func<bool> isStopping, out string problem)
    {
        problem = "";
        IPAddress[] addresses;
        try
        {
            addresses = IPAddress.TryParse(host, out var literal) ? [literal] : Dns.GetHostAddresses(host);
        }
        catch (SocketException e)
        {
            problem = $"the name {host} is unknown here ({e.Message})";
            return null;
        }

        foreach (var address in addresses)
        {
            if (TryConnect(address, port, isStopping, out problem)) return address;
            if (isStopping()) break;
        }

        if (addresses.Length == 0) problem = $"the name {host} has no address";
        return null;
    }

    private static bool TryConnect(IPAddress address, int port, Func<bool> isStopping, out string problem)
    {
        problem = "";
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false, LingerState = new LingerOption(true, 0) };
            try
            {
                socket.Connect(address, port);
                return true;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // Under way.
            }

            const int SliceUs = 100_000;
            for (var left = Limits.ReachPatience.TotalMicroseconds; left > 0; left -= SliceUs)
            {
                if (isStopping()) return false;
                if (!socket.Poll(SliceUs, SelectMode.SelectWrite) && !socket.Poll(0, SelectMode.SelectError)) continue;
                var error = (SocketError)(int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
                if (error == SocketError.Success) return true;
                throw new SocketException((int)error);
            }

            problem = $"{new IPEndPoint(address, port)} does not answer";
        }
        catch (SocketException e)
        {
            problem = e.SocketErrorCode == SocketError.ConnectionRefused ? $"nobody listens on {new IPEndPoint(address, port)}" : $"{new IPEndPoint(address, port)}: {e.Message}";
        }

        return false;
    }
}
