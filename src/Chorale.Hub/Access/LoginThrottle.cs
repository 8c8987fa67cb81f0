using System.Net;
using System.Net.Sockets;

namespace Chorale.Hub.Access;

/// <summary>Ten wrong passwords a minute from one address, then 429 until the minute is over. Of IPv6 a whole /64 is one: it belongs to one house.</summary>
internal sealed class LoginThrottle(TimeProvider time)
{
    private const int FailuresMax = 10;
    private const int AddressesMax = 10_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, (int Failures, long SinceStamp)> _failures = [];

    /// <summary>How long this address has to wait; zero = it may try.</summary>
    public TimeSpan Wait(IPAddress? address)
    {
        lock (_gate)
        {
            if (!_failures.TryGetValue(KeyOf(address), out var f)) return TimeSpan.Zero;
            var left = Window - time.GetElapsedTime(f.SinceStamp);
            return f.Failures >= FailuresMax && left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public void Failed(IPAddress? address)
    {
        lock (_gate)
        {
            if (_failures.Count >= AddressesMax) _failures.Clear(); // a flood from that many addresses is not held up by this anyway
            var key = KeyOf(address);
            var f = _failures.GetValueOrDefault(key);
            _failures[key] = f.Failures == 0 || time.GetElapsedTime(f.SinceStamp) >= Window ? (1, time.GetTimestamp()) : (f.Failures + 1, f.SinceStamp);
        }
    }

    private static IPAddress KeyOf(IPAddress? address)
    {
        if (address is null) return IPAddress.None;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
