using System.Net.Sockets;
using System.Text;
using Chorale.Recorder.Health;

namespace Chorale.Tests.Health;

public sealed class SystemdNotifyTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void States_arrive_as_systemd_reads_them_over_a_path_and_an_abstract_name(bool isAbstract)
    {
        var name = isAbstract ? $"@chorale-{Guid.NewGuid():N}" : _folder["notify"];
        using var systemd = Listen(name);
        using var notify = new SystemdNotify(name);
        Assert.True(notify.IsUnderSystemd);
        notify.Ready();
        notify.Status("recording hw:1,0\n3 chunks wait");
        notify.Watchdog();
        notify.Stopping();
        Assert.Equal(["READY=1", "STATUS=recording hw:1,0 3 chunks wait", "WATCHDOG=1", "STOPPING=1"], Enumerable.Range(0, 4).Select(_ => Receive(systemd)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("not-a-path")]
    [InlineData("/nowhere/at/all")]
    public void Without_systemd_every_call_does_nothing(string? socket)
    {
        using var notify = new SystemdNotify(socket);
        Assert.False(notify.IsUnderSystemd);
        notify.Ready();
        notify.Watchdog();
    }

    [Fact]
    public void A_systemd_that_went_away_disturbs_nobody()
    {
        var name = _folder["notify"];
        var systemd = Listen(name);
        using var notify = new SystemdNotify(name);
        systemd.Dispose();
        for (var i = 0; i < 1000; i++) notify.Watchdog();
    }

    [Fact]
    public void A_systemd_that_does_not_read_blocks_nobody()
    {
        using var systemd = Listen(_folder["notify"]);
        using var notify = new SystemdNotify(_folder["notify"]);
        for (var i = 0; i < 10_000; i++) notify.Watchdog();
    }

    [Fact]
    public async Task The_watchdog_is_fed_only_while_something_really_moves()
    {
        using var systemd = Listen(_folder["notify"]);
        using var notify = new SystemdNotify(_folder["notify"]);
        using var stopping = new CancellationTokenSource();
        var time = new ManualTime();
        var asked = 0;
        var moves = true;
        var feeding = notify.FeedAsync(TimeSpan.FromSeconds(120), () => { asked++; return moves; }, time, stopping.Token);
        await Wait.Until("it was asked at the start", () => asked == 1);
        time.Advance(TimeSpan.FromSeconds(30));
        await Wait.Until("it was asked after a quarter of the interval", () => asked == 2);
        moves = false;
        time.Advance(TimeSpan.FromSeconds(30));
        await Wait.Until("it was asked again", () => asked == 3);
        moves = true;
        time.Advance(TimeSpan.FromSeconds(30));
        await Wait.Until("it was asked once more", () => asked == 4);
        await stopping.CancelAsync();
        await feeding;
        Assert.Equal(3, Enumerable.Range(0, 4).Count(_ => systemd.Available > 0 && Receive(systemd) == "WATCHDOG=1"));
    }

    [Theory]
    [InlineData("120000000", null, 120.0)]
    [InlineData("120000000", "77", 120.0)]
    [InlineData("120000000", "78", null)]
    [InlineData("0", null, null)]
    [InlineData("soon", null, null)]
    [InlineData(null, null, null)]
    public void The_interval_is_taken_when_it_is_meant_for_this_process(string? usec, string? pid, double? seconds) =>
        Assert.Equal(seconds, SystemdNotify.WatchdogInterval(usec, pid, processId: 77)?.TotalSeconds);

    private static Socket Listen(string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 10_000 };
        socket.Bind(new UnixDomainSocketEndPoint(name[0] == '@' ? '\0' + name[1..] : name));
        return socket;
    }

    private static string Receive(Socket socket)
    {
        var buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }
}
