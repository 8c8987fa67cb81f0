using System.Globalization;
using System.Text.Json;
using Chorale.Audio.Files;

namespace Chorale.SystemTests;

/// <summary>The real <c>chorale record</c> on the test signal, which comes by the clock like a microphone: a process to be killed.</summary>
internal sealed class RecorderProcess : IDisposable
{
    private readonly ChildProcess _process;

    private RecorderProcess(ChildProcess process) => _process = process;

    public string Output => _process.Output;

    public bool HasExited => _process.HasExited;

    /// <summary>Records into <paramref name="spool"/>, sending nowhere unless <paramref name="settings"/> say so.</summary>
    public static RecorderProcess Start(string spool, AudioCodec codec, int chunkSeconds, params IEnumerable<string> settings)
    {
        var chunk = chunkSeconds.ToString(CultureInfo.InvariantCulture);
#pragma warning disable CA1308 // names of settings are lower case
        string[] arguments = ["record", "--mode", "continuous", "--device", "tone:", "--codec", codec.ToString().ToLowerInvariant(), "--chunk-seconds", chunk, "--spool", spool];
#pragma warning restore CA1308
        string[] sets = ["id=mic1", "log.format=json", .. Unless("upload.sink", "none"), .. Unless("health.port", "0"), .. settings];
        IEnumerable<string> Unless(string key, string value) => settings.Any(s => s.StartsWith(key + "=", StringComparison.Ordinal)) ? [] : [$"{key}={value}"];
        return new RecorderProcess(ChildProcess.Chorale([.. arguments, .. sets.SelectMany(s => (string[])["--set", s])], folder: Path.GetDirectoryName(spool)));
    }

    /// <summary>Waits until audio is being recorded.</summary>
    /// <returns>Identity of the run, and when its first frames had come.</returns>
    public async Task<(Guid Run, DateTimeOffset At)> RunOpenedAsync()
    {
        string? line = null;
        await Wait.Until("the recorder records", () =>
        {
            if (HasExited) throw new InvalidOperationException("the recorder ended:\n" + Output);
            return (line = Output.Split('\n').FirstOrDefault(l => l.Contains("\"run_opened\"", StringComparison.Ordinal))) is not null;
        });
        using var json = JsonDocument.Parse(line!);
        return (json.RootElement.GetProperty("run_id").GetGuid(), json.RootElement.GetProperty("ts").GetDateTimeOffset());
    }

    /// <returns>When the process was certainly dead.</returns>
    public DateTimeOffset Kill()
    {
        _process.Kill();
        return TimeProvider.System.GetUtcNow();
    }

    /// <summary>Every thread of it stands still on return.</summary>
    public void Freeze()
    {
        _process.Signal("STOP");
        SpinWait.SpinUntil(IsFrozen, Wait.Patience);
    }

    private bool IsFrozen() => Directory.GetDirectories($"/proc/{_process.Id}/task").All(task =>
    {
        // "TID (NAME) STATE ...": the name may hold anything, the state is T for stopped.
        var stat = File.ReadAllText(Path.Combine(task, "stat"));
        return stat[stat.LastIndexOf(')') + 2] == 'T';
    });

    public void Thaw() => _process.Signal("CONT");

    /// <summary>Asks it to end, as systemd does; fails unless it says that all is well.</summary>
    public async Task StopAsync()
    {
        _process.Signal("TERM");
        Assert.Equal(0, await _process.ExitCodeAsync());
    }

    public void Dispose() => _process.Dispose();
}
