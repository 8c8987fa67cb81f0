using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Chorale.TestKit;

/// <summary>
/// A PulseAudio server of the tests' own: behind every <see cref="VirtualMicrophone"/>, and what browsers and players sound into. It ends with this
/// process, however that ends.
/// </summary>
public sealed partial class PulseServer : IDisposable
{
    /// <summary>The one that all tests of a process use; this process and its children find it by PULSE_SERVER.</summary>
    public static readonly Lazy<Task<PulseServer>> Shared = new(StartSharedAsync);

    /// <summary>Where everything sounds that names no sink. Without it that would be some test's microphone, which hears it, and takes it along when it goes.</summary>
    public const string Speakers = "speakers";

    private readonly TempFolder _folder = new();
    private readonly Process _guard;

    private PulseServer()
    {
        // The shell waits for its standard input to end, which it does when this process does, even by kill -9; then the server goes.
        var start = new ProcessStartInfo("sh") { RedirectStandardInput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(
            $"pulseaudio -n --daemonize=no --use-pid-file=no --exit-idle-time=-1 --disable-shm=yes --realtime=yes --high-priority=yes --log-target=file:{_folder["log"]} " +
            $"-L 'module-null-sink sink_name={Speakers}' -L 'module-native-protocol-unix socket={_folder["native"]} auth-anonymous=1' </dev/null >/dev/null 2>&1 & server=$!; " +
            $"read -r _; kill $server; wait $server; rm -rf {_folder.Path}");
        start.Environment["HOME"] = _folder.Path;
        start.Environment["XDG_RUNTIME_DIR"] = _folder.Path;
        start.Environment["PULSE_RUNTIME_PATH"] = _folder.Path;
        _guard = Process.Start(start)!;
        Address = $"unix:{_folder["native"]}";
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
    }

    /// <summary>Value of PULSE_SERVER.</summary>
    public string Address { get; }

    /// <summary>One that only who is given its address sounds into.</summary>
    public static async Task<PulseServer> StartAsync()
    {
        var server = new PulseServer();
        await Wait.Until("the PulseAudio server answers", () => Task.FromResult(File.Exists(server._folder["native"])));
        await server.ControlAsync("set-default-sink", Speakers);
        return server;
    }

    /// <param name="arguments">Of <c>pactl</c>.</param>
    public async Task<string> ControlAsync(params string[] arguments)
    {
        using var pactl = Process.Start(new ProcessStartInfo("pactl", ["-s", Address, .. arguments]) { RedirectStandardOutput = true })!;
        var output = await pactl.StandardOutput.ReadToEndAsync();
        await pactl.WaitForExitAsync();
        return pactl.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"pactl {string.Join(' ', arguments)} failed");
    }

    public void Dispose()
    {
        _guard.StandardInput.Close();
        _guard.WaitForExit(5_000);
    }

    private static async Task<PulseServer> StartSharedAsync()
    {
        var server = await StartAsync();
        Environment.SetEnvironmentVariable("PULSE_SERVER", server.Address); // for child processes
        _ = SetEnv("PULSE_SERVER", server.Address, 1); // for libpulse in this one: .NET keeps its own copy of the environment
        return server;
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
