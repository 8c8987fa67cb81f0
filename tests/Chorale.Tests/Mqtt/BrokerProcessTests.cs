using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Chorale.Mqtt;

namespace Chorale.Tests.Mqtt;

public sealed class BrokerProcessTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_dies_with_whoever_started_it_also_by_kill_9()
    {
        using var folder = new TempFolder();
        // The bundle starts a broker of its own: nothing answers as a broker on this machine's port 1883 in a test.
        using var up = ChildProcess.Chorale(["up", "--data", folder.Path, "--listen", "127.0.0.1:0", "--device", "tone:", "--set", "health.port=0"]);
        var pidFile = Path.Combine(folder.Path, "broker", "broker.pid");
        await Wait.Until("the broker runs", () => up.HasExited || up.Output.Contains("Commands go through"));
        Assert.True(File.Exists(pidFile), up.Output);
        var broker = int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture);
        Assert.True(Runs(broker));

        up.Kill();

        await Wait.Until("the broker is gone", () => !Runs(broker));
    }

    [Fact]
    public async Task One_that_is_killed_from_outside_comes_back_by_itself_on_its_port()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = broker.Client();
        client.Start();
        await Wait.Until("connected", () => client.IsConnected);
        var (port, process) = (broker.Port, broker.ProcessId);
        using (var kill = Process.Start("kill", ["-9", process.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync(Cancel);

        await Wait.Until("it has been started again", () => client.Counters.Reconnects == 1 && client.IsConnected);
        Assert.Equal(port, broker.Port);
        Assert.NotEqual(process, broker.ProcessId);
        Assert.True(broker.Log.Has("broker_ended"));
    }

    [Fact]
    public async Task A_port_that_is_taken_a_missing_program_and_an_open_door_are_said_in_words()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var e = await Assert.ThrowsAsync<BrokerException>(() => StartAsync(new BrokerSettings { Port = port }));
        Assert.Contains("Address already in use", e.Message);

        e = await Assert.ThrowsAsync<BrokerException>(() => StartAsync(new BrokerSettings { Program = "no-such-mosquitto" }));
        Assert.Contains("install the package mosquitto", e.Message);

        e = await Assert.ThrowsAsync<BrokerException>(() => StartAsync(new BrokerSettings { PasswordFile = "/no/such/file" }));
        Assert.Contains("/no/such/file", e.Message);

        var open = await Assert.ThrowsAsync<ArgumentException>(() => StartAsync(new BrokerSettings { Address = "0.0.0.0" }));
        Assert.Contains("credentials", open.Message);
        await Assert.ThrowsAsync<ArgumentException>(() => StartAsync(new BrokerSettings { AclFile = "x\nallow_anonymous true" }));
    }

    [Fact]
    public async Task It_leaves_nothing_in_the_temporary_folder_and_no_process()
    {
        int process;
        string folder;
        await using (var broker = await TestBroker.StartAsync())
        {
            process = broker.ProcessId;
            folder = Path.GetDirectoryName(File.ReadAllText($"/proc/{process}/cmdline").TrimEnd('\0').Split('\0')[^1])!;
            Assert.True(Directory.Exists(folder), folder);
        }

        Assert.False(Runs(process));
        Assert.False(Directory.Exists(folder), folder);
    }

    private static bool Runs(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/stat").Split(' ')[2] != "Z" && File.ReadAllText($"/proc/{process}/comm").Trim() == "mosquitto";
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static Task<BrokerProcess> StartAsync(BrokerSettings settings) => BrokerProcess.StartAsync(settings, TimeProvider.System, new TestLog(), Cancel);
}
