using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Chorale.Mqtt.Interop;
using Microsoft.Extensions.Logging;

namespace Chorale.Mqtt;

/// <summary>
/// A mosquitto of our own, as a child that cannot outlive us: a shell guards it that waits for its own standard input to end, which
/// happens when this process does, even by kill -9, and then kills it. (The kernel's parent-death signal is tied to the thread that made
/// the child, and threads of a pool come and go.)
/// </summary>
public sealed class BrokerProcess : IAsyncDisposable
{
    /// <summary>
    /// Says the broker's process id, lives as long as the broker does, and ends it when our end of its standard input is closed. A Ctrl+C
    /// meant for us goes to everything in our terminal: neither of the two may hear it, we still have a good-bye to publish.
    /// </summary>
    private const string Guard =
        "trap '' INT TERM HUP; exec 3<&0; setsid \"$@\" </dev/null 3<&- & child=$!; echo $child; " +
        "(read -r _ <&3; kill -TERM $child; sleep 1; kill -9 $child) >/dev/null 2>&1 & watcher=$!; exec 3<&-; wait $child; code=$?; kill -9 $watcher 2>/dev/null; exit $code";

    /// <summary>In <see cref="BrokerSettings.Folder"/>, while the broker lives: its process id, for <see cref="TryReload"/> of other processes.</summary>
    private const string PidFile = "broker.pid";

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(20);

    private readonly BrokerSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _folder;
    private readonly bool _ownsFolder;
    private readonly SemaphoreSlim _turn = new(1); // starting and ending, one at a time
    private readonly CancellationTokenSource _disposed = new();
    private Life? _life;

    private BrokerProcess(BrokerSettings settings, TimeProvider time, ILogger logger, string folder, bool ownsFolder)
        => (_settings, _time, _logger, _folder, _ownsFolder) = (settings, time, logger, folder, ownsFolder);

    public string Address => _settings.Address;

    /// <summary>The same for the whole life, also after <see cref="RestartAsync"/>.</summary>
    public int Port { get; private set; }

    /// <summary>The broker's own process, not its guard.</summary>
    public int ProcessId => _life?.ProcessId ?? throw new InvalidOperationException("the broker is not running");

    /// <summary>The newest lines of the broker's log.</summary>
    public IReadOnlyList<string> LastWords => _life?.LastWords ?? [];

    public bool HasExited => _life?.Process.HasExited ?? true;

    /// <summary>Ends once the broker listens.</summary>
    /// <exception cref="BrokerException">mosquitto is missing, or does not start: the message holds its own words.</exception>
    public static async Task<BrokerProcess> StartAsync(BrokerSettings settings, TimeProvider time, ILogger logger, CancellationToken cancel = default)
    {
        settings.Require();
        var folder = settings.Folder ?? Directory.CreateTempSubdirectory("chorale-broker-").FullName;
        Directory.CreateDirectory(folder);
        var broker = new BrokerProcess(settings, time, logger, folder, settings.Folder is null);
        try
        {
            // Between our finding of a free port and the broker's listening on it somebody else may take it.
            for (var left = settings.Port == 0 ? 5 : 1; ; left--)
            {
                broker.Port = settings.Port != 0 ? settings.Port : FreePort(settings.Address);
                try
                {
                    await broker.BeginAsync(cancel).ConfigureAwait(false);
                    Log.BrokerStarted(logger, $"{broker.Address}:{broker.Port}");
                    return broker;
                }
                catch (BrokerException e) when (left > 1 && e.IsPortTaken)
                {
                    // Once more with another one.
                }
            }
        }
        catch
        {
            await broker.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts it again on the same port, after it has been ended in whatever way.</summary>
    public async Task RestartAsync(CancellationToken cancel = default)
    {
        await EndAsync().ConfigureAwait(false);
        await BeginAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Reads the password and ACL files again (SIGHUP).</summary>
    public void Reload() => Signal(Libc.SignalHangUp);

    /// <summary>The same for a broker that any process of ours runs in <paramref name="folder"/>; false when there is none.</summary>
    public static bool TryReload(string folder)
    {
        try
        {
            return int.TryParse(File.ReadAllText(Path.Combine(folder, PidFile)), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                // The number may have gone to somebody else since.
                && File.ReadAllText($"/proc/{id}/comm").Trim() == "mosquitto"
                && Libc.Kill(id, Libc.SignalHangUp) == 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>kill -9, as a power cut would.</summary>
    internal async Task KillAsync()
    {
        if (_life is { } life) life.IsEnding = true;
        Signal(Libc.SignalKill);
        await EndAsync().ConfigureAwait(false);
    }

    internal void Freeze() => Signal(Libc.SignalStop);

    internal void Thaw() => Signal(Libc.SignalContinue);

    /// <summary>A clean stop; <see cref="RestartAsync"/> may follow.</summary>
    public async Task EndAsync()
    {
        await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (_life is null) return;
            await _life.EndAsync().ConfigureAwait(false);
            _life = null;
            if (Directory.Exists(_folder)) File.Delete(Path.Combine(_folder, PidFile));
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync().ConfigureAwait(false);
        await EndAsync().ConfigureAwait(false);
        if (!_ownsFolder) return;
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // A leftover in the temporary folder.
        }
    }

    private static int FreePort(string address)
    {
        using var listener = new TcpListener(IPAddress.Parse(address), 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Signal(int signal)
    {
        if (_life is { Process.HasExited: false } life) _ = Libc.Kill(life.ProcessId, signal);
    }

    private async Task BeginAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed.IsCancellationRequested, this);
            var conf = Path.Combine(_folder, "mosquitto.conf");
            await File.WriteAllTextAsync(conf, _settings.ToConf(Port, _folder, Environment.IsPrivilegedProcess), cancel).ConfigureAwait(false);
            _life = await Life.StartAsync(FindProgram(), conf, _logger).ConfigureAwait(false);
            await ListenAsync(_life, cancel).ConfigureAwait(false);
            await File.WriteAllTextAsync(Path.Combine(_folder, PidFile), _life.ProcessId.ToString(CultureInfo.InvariantCulture), cancel).ConfigureAwait(false);
            _ = BringBackAsync(_life);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task ListenAsync(Life life, CancellationToken cancel)
    {
        var begun = _time.GetTimestamp();
        while (!await ListensAsync(cancel).ConfigureAwait(false))
        {
            var hasExited = life.Process.HasExited;
            if (hasExited) await life.Process.WaitForExitAsync(cancel).ConfigureAwait(false); // and for its last words
            var words = string.Join("; ", life.LastWords);
            if (hasExited) throw new BrokerException($"mosquitto did not start: {(words.Length > 0 ? words : "it said nothing")}");
            if (_time.GetElapsedTime(begun) > StartPatience) throw new BrokerException($"mosquitto does not listen on {Address}:{Port} after {StartPatience.TotalSeconds:0} s: {words}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), _time, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>A broker that ends though nobody asked it to is started again, for as long as it takes.</summary>
    private async Task BringBackAsync(Life life)
    {
        await life.Ended.ConfigureAwait(false);
        while (_life == life && !life.IsEnding)
        {
            Log.BrokerEnded(_logger, string.Join("; ", life.LastWords));
            try
            {
                await Task.Delay(TimeSpan.FromSeconds(1), _time, _disposed.Token).ConfigureAwait(false);
                if (_life != life || life.IsEnding) return;
                await RestartAsync(_disposed.Token).ConfigureAwait(false);
            }
            catch (BrokerException e)
            {
                Log.BrokerComplained(_logger, e.Message);
                if (_life is not { } failed) return;
                life = failed;
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task<bool> ListensAsync(CancellationToken cancel)
    {
        // Somebody else may listen on a port that was given to us: only the broker's own word counts.
        if (!_life!.IsRunning) return false;
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Parse(Address), Port, cancel).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private string FindProgram()
    {
        if (_settings.Program.Contains('/')) return _settings.Program;
        foreach (var folder in new[] { "/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/sbin" })
        {
            var path = Path.Combine(folder, _settings.Program);
            if (File.Exists(path)) return path;
        }

        throw new BrokerException("mosquitto is missing: install the package mosquitto, or name a broker that exists");
    }

    /// <summary>From one start to its end.</summary>
    private sealed class Life
    {
        private readonly Queue<string> _lines = [];
        private readonly TaskCompletionSource<int> _processId = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ILogger _logger;
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        private Life(Process process, ILogger logger) => (Process, _logger) = (process, logger);

        public Process Process { get; }

        public int ProcessId { get; private set; }

        public bool IsRunning { get; private set; }

        /// <summary>We are ending it.</summary>
        public bool IsEnding { get; set; }

        /// <summary>Its process is gone, whoever ended it.</summary>
        public Task Ended => _ended.Task;

        public IReadOnlyList<string> LastWords
        {
            get
            {
                lock (_lines) return [.. _lines];
            }
        }

        public static async Task<Life> StartAsync(string program, string conf, ILogger logger)
        {
            var start = new ProcessStartInfo("/bin/sh", ["-c", Guard, "sh", program, "-c", conf])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            Process process;
            try
            {
                process = Process.Start(start)!;
            }
            catch (Win32Exception e)
            {
                throw new BrokerException($"cannot start mosquitto: {e.Message}", e);
            }

            var life = new Life(process, logger);
            process.Exited += (_, _) => life._ended.TrySetResult();
            process.EnableRaisingEvents = true;
            process.OutputDataReceived += (_, line) => life.HearProcessId(line.Data);
            process.ErrorDataReceived += (_, line) => life.Hear(line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            life.ProcessId = await life._processId.Task.ConfigureAwait(false);
            return life;
        }

        public async Task EndAsync()
        {
            IsEnding = true;
            try
            {
                if (!Process.HasExited) Process.StandardInput.Close(); // the guard ends the broker, at the latest after a second by kill -9
                _ = Libc.Kill(ProcessId, Libc.SignalContinue); // a stopped process does not hear SIGTERM
                await Process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception e) when (e is InvalidOperationException or IOException)
            {
                // It had ended by itself.
            }

            Process.Dispose();
        }

        private void HearProcessId(string? line)
        {
            if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var id)) _processId.TrySetResult(id);
            else if (line is null) _processId.TrySetException(new BrokerException($"mosquitto did not start: {string.Join("; ", LastWords)}"));
        }

        private void Hear(string? line)
        {
            if (string.IsNullOrWhiteSpace(line)) return;
            lock (_lines)
            {
                _lines.Enqueue(line);
                if (_lines.Count > 20) _lines.Dequeue();
            }

            if (line.Contains(" running", StringComparison.Ordinal)) IsRunning = true;
            else if (line.Contains("Error", StringComparison.Ordinal) && IsRunning && !IsEnding) Log.BrokerComplained(_logger, line);
        }
    }
}

/// <summary>Our own broker cannot be had; the message is for people.</summary>
public sealed class BrokerException(string message, Exception? inner = null) : Exception(message, inner)
{
    internal bool IsPortTaken => Message.Contains("Address already in use", StringComparison.Ordinal);
}
