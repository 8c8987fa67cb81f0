namespace Chorale.SystemTests;

/// <summary>The Debian packages, built once for all tests of them. Publishing trims and compiles the runtime: the slow part.</summary>
public sealed class PackagesFixture : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(10);
    private readonly TempFolder _folder = new();

    /// <summary>Why there are none; null when there are.</summary>
    public string? Missing { get; private set; }

    public string SelfContained => Package("chorale-recorder_", "_amd64.deb");

    public string OnInstalledRuntime => Package("chorale-recorder_", "_all.deb");

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists("/usr/bin/dpkg-deb"))
        {
            Missing = "dpkg-deb is not installed: no Debian";
            return;
        }

        using var build = ChildProcess.Start(Path.Combine(GuideText.Root, "packaging/build-deb"), ["recorder-all", "recorder-amd64", _folder["packages"] + "/"]);
        var exitCode = await build.ExitCodeAsync(BuildLimit);
        if (exitCode != 0) throw new InvalidOperationException(build.Output);
        foreach (var (package, tree) in new[] { (SelfContained, "amd64"), (OnInstalledRuntime, "all") }) await RunAsync("dpkg-deb", "-x", package, _folder[tree]);
    }

    /// <summary>A file of a package as unpacked; the tree is "amd64" or "all".</summary>
    public string PathIn(string tree, string path) => Path.Combine(_folder[tree], path);

    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var run = ChildProcess.Start(program, arguments);
        var exitCode = await run.ExitCodeAsync(TimeSpan.FromMinutes(1));
        return exitCode == 0 ? run.Output : throw new InvalidOperationException($"{program} ended with {exitCode}: {run.Output}");
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    public void Dispose() => _folder.Dispose();

    private string Package(string begin, string end) => Directory.GetFiles(_folder["packages"]).Single(f => Path.GetFileName(f).StartsWith(begin, StringComparison.Ordinal) && f.EndsWith(end, StringComparison.Ordinal));
}
