using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;

namespace Chorale.Show.Players.Mpv;

/// <summary>
/// The thread that every mpv of a player is a child of. The kernel's parent-death signal is tied to the thread that made the child, and
/// threads of a pool come and go; this one lives as long as the player. Starting a process takes milliseconds that a cue would wait.
/// </summary>
internal sealed class MpvStarter : IDisposable
{
    private static readonly string[] Folders = ["/usr/bin", "/usr/local/bin", "/bin", "/opt/homebrew/bin"];

    private readonly BlockingCollection<Action> _starts = new(64);
    private readonly string? _setsid = FindProgram("setsid");
    private readonly string? _setpriv = FindProgram("setpriv");

    public MpvStarter() => new Thread(Run) { Name = "player children", IsBackground = true }.Start();

    public static string? FindProgram(string program)
        => program.Contains('/') ? (File.Exists(program) ? program : null) : Folders.Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists);

    /// <param name="started">On the starter's thread: the process, or null and why not.</param>
    public void Start(string program, IReadOnlyList<string> arguments, Action<Process?, string?> started)
        => _starts.Add(() =>
        {
            // In a session of its own: a Ctrl+C meant for us is not for it. setsid and setpriv replace themselves by what they start.
            List<string> all = [];
            if (_setsid is not null) all.Add(_setsid);
            if (_setpriv is not null) all.AddRange([_setpriv, "--pdeathsig", "KILL"]);
            all.Add(program);
            all.AddRange(arguments);
            Process? process = null;
            string? problem = null;
            try
            {
                process = Process.Start(new ProcessStartInfo(all[0], all.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true });
            }
            catch (Exception e) when (e is Win32Exception or IOException)
            {
                problem = $"{program} cannot be started: {e.Message}";
            }

            started(process, problem);
        });

    /// <summary>The thread ends, and with it, at the latest, what it has started.</summary>
    public void Dispose() => _starts.CompleteAdding();

    private void Run()
    {
        foreach (var start in _starts.GetConsumingEnumerable()) start();
        _starts.Dispose();
    }
}
