using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Chorale.Recorder.Health;

/// <summary>
/// Tells systemd how the process is (sd_notify(3)): datagrams to the socket named in <c>NOTIFY_SOCKET</c>, a path or, beginning with @, a name
/// in the abstract namespace. Not started by systemd: every call does nothing. Never throws and never blocks; a message that cannot be
/// delivered is one the watchdog will notice. Thread-safe.
/// </summary>
/// <param name="notifySocket">Value of <c>NOTIFY_SOCKET</c>.</param>
public sealed class SystemdNotify(string? notifySocket) : IDisposable
{
    private readonly Socket? _socket = Open(notifySocket);

    public bool IsUnderSystemd => _socket is not null;

    /// <summary>Start-up is finished.</summary>
    public void Ready() => Send("READY=1");

    /// <summary>One line for <c>systemctl status</c>; line breaks become blanks.</summary>
    public void Status(string text) => Send("STATUS=" + text.ReplaceLineEndings(" "));

    public void Watchdog() => Send("WATCHDOG=1");

    public void Stopping() => Send("STOPPING=1");

    /// <summary>Interval at which systemd wants to hear from this process (<c>WATCHDOG_USEC</c>, meant for <c>WATCHDOG_PID</c> if set), or null.</summary>
    public static TimeSpan? WatchdogInterval(string? watchdogUsec, string? watchdogPid, int processId)
    {
        if (!long.TryParse(watchdogUsec, NumberStyles.None, CultureInfo.InvariantCulture, out var us) || us <= 0) return null;
        if (!string.IsNullOrEmpty(watchdogPid) && watchdogPid != processId.ToString(CultureInfo.InvariantCulture)) return null;
        return TimeSpan.FromMicroseconds(us);
    }

    /// <summary>
    /// Feeds the watchdog four times per interval, as long as <paramref name="isAlive"/> says that frames and the spool really move. A process
    /// that merely has a timer left is not alive, and is to be restarted.
    /// </summary>
    public async Task FeedAsync(TimeSpan interval, Func<bool> isAlive, TimeProvider time, CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(interval / 4, time);
        try
        {
            do
            {
                if (isAlive()) Watchdog();
            }
            while (await timer.WaitForNextTickAsync(stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The host stops; systemd was told so and waits TimeoutStopSec instead.
        }
    }

    public void Dispose() => _socket?.Dispose();

    private static Socket? Open(string? name)
    {
        if (name is not { Length: > 1 } || name[0] is not ('/' or '@')) return null;
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(name[0] == '@' ? '\0' + name[1..] : name));
            return socket;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            socket.Dispose();
            return null;
        }
    }

    private void Send(string state)
    {
        try
        {
            _socket?.Send(Encoding.UTF8.GetBytes(state));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // systemd is being restarted, or its queue is full; the next message says the same.
        }
    }
}
