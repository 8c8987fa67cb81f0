using System.Globalization;

namespace Chorale.SystemTests;

/// <summary>The real <c>chorale record</c> with the flags of an existing module: a process under a broker, to be commanded and killed.</summary>
internal sealed class ModuleProcess : IDisposable
{
    private readonly ChildProcess _process;
    private readonly string _folder;

    private ModuleProcess(ChildProcess process, string id, string folder) => (_process, Id, _folder) = (process, id, folder);

    public string Id { get; }

    public string Output => _process.Output;

    public string Recordings => Path.Combine(_folder, "recordings");

    /// <param name="id">Its topic.</param>
    /// <param name="port">Of the broker.</param>
    /// <param name="folder">Its working folder.</param>
    /// <param name="device">Microphone.</param>
    /// <param name="settings">KEY=VALUE.</param>
    public static ModuleProcess Start(string id, int port, string folder, string device, params string[] settings)
    {
        Directory.CreateDirectory(folder);
        string[] usual = ["health.port=0", "upload.sink=none", "log.format=json", "spool.min_free=1MB", "spool.folder=spool"];
        string[] sets = [.. usual.ExceptBy(settings.Select(KeyOf), KeyOf), .. settings]; // the same key twice is refused
        string[] flags = ["record", "--id", id, "--broker", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture), "--device", device];
        return new ModuleProcess(ChildProcess.Chorale([.. flags, .. sets.SelectMany(s => (string[])["--set", s])], folder: folder), id, folder);
    }

    private static string KeyOf(string setting) => setting[..setting.IndexOf('=')];

    public void Kill() => _process.Kill();

    public void Signal(string name) => _process.Signal(name);

    public Task<int> ExitCodeAsync() => _process.ExitCodeAsync();

    public void Dispose() => _process.Dispose();
}
