using System.Text.Json;

namespace Chorale.SystemTests;

public sealed class PackagingTests(PackagesFixture packages) : IClassFixture<PackagesFixture>
{
    private static readonly IReadOnlyDictionary<string, string> NoDotnet = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["DOTNET_ROOT"] = "/nonexistent" };

    [Theory]
    [InlineData("amd64")]
    [InlineData("all")]
    public async Task A_package_brings_what_it_promises(string architecture)
    {
        SkipWithoutDpkg();
        var package = architecture == "all" ? packages.OnInstalledRuntime : packages.SelfContained;
        var control = await PackagesFixture.RunAsync("dpkg-deb", "-I", package);
        Assert.Contains($"Architecture: {architecture}\n", control, StringComparison.Ordinal);
        foreach (var library in new[] { "libasound2 | libasound2t64", "libopusenc0", "libopusfile0", "libsndfile1", "libsqlite3-0", "tzdata", "adduser" })
            Assert.Contains(library, control, StringComparison.Ordinal);
        var contents = (await PackagesFixture.RunAsync("dpkg-deb", "-c", package)).Split('\n');
        foreach (var path in new[]
        {
            "./usr/bin/chorale-recorder", "./usr/sbin/chorale-take-over", "./lib/systemd/system/chorale-record@.service", "./usr/share/doc/chorale-recorder/guide/install.md",
            "./usr/share/doc/chorale-recorder/examples/config.yaml.example", "./usr/share/doc/chorale-recorder/examples/.env.example",
        }) Assert.Contains(contents, l => l.Contains(" " + path, StringComparison.Ordinal));
        // Everything is root's, and everybody may read it: the recorder runs as another user.
        Assert.All(contents.Where(l => l.Length > 0), l => Assert.Contains(" root/root ", l, StringComparison.Ordinal));
        Assert.All(contents.Where(l => l.Length > 0), l => Assert.True(l[0] == 'l' || (l[7] == 'r' && l[8] == '-' && l[3] == l[9]), l));
        Assert.DoesNotContain(contents, l => l.Contains("Dapper", StringComparison.Ordinal) || l.Contains("AspNetCore", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_self_contained_recorder_records_without_any_dotnet_and_loses_nothing()
    {
        SkipWithoutDpkg();
        using var folder = new TempFolder();
        var program = packages.PathIn("amd64", "usr/bin/chorale-recorder");
        string[] settings = ["--device", "tone:", "--spool", folder["spool"], "--set", "upload.sink=none", "--set", "health.port=0"];
        using (var record = ChildProcess.Start(program, ["record", "--chunk-seconds", "1", .. settings], NoDotnet, folder.Path))
        {
            await Wait.Until("two chunks are recorded", () => Directory.Exists(folder["spool/outbox"]) && Directory.GetFiles(folder["spool/outbox"], "chunk_*.ogg").Length >= 2);
            record.Signal("TERM");
            Assert.Equal(0, await record.ExitCodeAsync());
        }

        using var list = ChildProcess.Start(program, ["spool", "ls", "--json", .. settings], NoDotnet, folder.Path);
        Assert.Equal(0, await list.ExitCodeAsync());
        var frames = 0L;
        foreach (var line in list.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var json = JsonDocument.Parse(line);
            frames += json.RootElement.GetProperty("frames").GetInt64();
        }

        var decoded = 0L;
        foreach (var file in Directory.GetFiles(folder["spool/outbox"], "chunk_*.ogg"))
        {
            await PackagesFixture.RunAsync("opusdec", "--quiet", file, folder["one.wav"]);
            decoded += (new FileInfo(folder["one.wav"]).Length - 44) / 2;
        }

        Assert.True(frames >= 96_000, $"{frames} frames");
        Assert.Equal(frames, decoded);
        using var ledger = ChildProcess.Start(program, ["spool", "check", .. settings], NoDotnet, folder.Path);
        Assert.True(await ledger.ExitCodeAsync() == 0, ledger.Output);
        using var check = ChildProcess.Start(program, ["check", "--json", .. settings], NoDotnet, folder.Path);
        Assert.True(await check.ExitCodeAsync() == 0, check.Output);
        using var report = JsonDocument.Parse(check.Output);
        Assert.True(report.RootElement.GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task The_package_for_every_machine_runs_on_the_installed_runtime_and_says_so_where_there_is_none()
    {
        SkipWithoutDpkg();
        var program = packages.PathIn("all", "usr/bin/chorale-recorder");
        Assert.Contains("spool", await PackagesFixture.RunAsync(program, "--help"), StringComparison.Ordinal);
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["launcher"], (await File.ReadAllTextAsync(program, TestContext.Current.CancellationToken)).Replace(" /usr/", " /nowhere/", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        using var without = ChildProcess.Start("sh", [folder["launcher"], "--help"], NoDotnet);
        Assert.Equal(69, await without.ExitCodeAsync());
        Assert.Contains("dotnet-runtime-10.0", without.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bad_settings_end_with_the_code_that_systemd_does_not_restart()
    {
        SkipWithoutDpkg();
        using var folder = new TempFolder();
        using var record = ChildProcess.Start(packages.PathIn("amd64", "usr/bin/chorale-recorder"), ["record", "--samplerate", "abc"], NoDotnet, folder.Path);
        Assert.Equal(78, await record.ExitCodeAsync());
        var unit = await File.ReadAllLinesAsync(packages.PathIn("amd64", "lib/systemd/system/chorale-record@.service"), TestContext.Current.CancellationToken);
        Assert.Contains("RestartPreventExitStatus=78", unit);
        Assert.Contains("Type=notify", unit);
        Assert.Contains("WatchdogSec=120", unit);
        Assert.Contains("ExecStart=/usr/bin/chorale-recorder record --config /etc/chorale/%i.yaml", unit);
    }

    [Theory]
    [InlineData("amd64")]
    [InlineData("all")]
    public async Task Installing_twice_is_like_installing_once(string architecture)
    {
        SkipWithoutDpkg();
        using var folder = new TempFolder();
        var control = folder["control"];
        await PackagesFixture.RunAsync("dpkg-deb", "-e", architecture == "all" ? packages.OnInstalledRuntime : packages.SelfContained, control);
        // The scripts on a root of the test's own: its paths put in front, its commands in place of the system's.
        foreach (var script in Directory.GetFiles(control).Where(f => Path.GetFileName(f).StartsWith('p')))
        {
            var text = await File.ReadAllTextAsync(script, TestContext.Current.CancellationToken);
            foreach (var path in new[] { "/etc/chorale", "/var/lib/chorale", "/usr/share/doc", "/run/systemd" })
                text = text.Replace(path, folder.Path + "/root" + path, StringComparison.Ordinal);
            await File.WriteAllTextAsync(script, text, TestContext.Current.CancellationToken);
        }

        Directory.CreateDirectory(folder["root/etc"]);
        Directory.CreateDirectory(folder["root/var/lib"]);
        await PackagesFixture.RunAsync("cp", "-a", packages.PathIn(architecture, "usr"), folder["root/usr"]);
        var bin = Directory.CreateDirectory(folder["bin"]).FullName;
        Command(bin, "getent", $"grep -q \"^$1 $2\\$\" {folder["users"]} 2>/dev/null || [ \"$2\" = audio ]");
        Command(bin, "addgroup", $"echo \"group chorale\" >>{folder["users"]}");
        Command(bin, "adduser", $"[ $# -gt 3 ] && echo \"passwd chorale\" >>{folder["users"]} || echo audio >>{folder["groups"]}");
        Command(bin, "id", $"cat {folder["groups"]} 2>/dev/null || true");
        Command(bin, "install", "if [ \"$1\" = -d ]; then mkdir -p \"${@: -1}\"; else cp \"${@: -2:1}\" \"${@: -1}\"; fi");
        var environment = new Dictionary<string, string> { ["PATH"] = bin + ":/usr/bin:/bin" };
        for (var round = 0; round < 2; round++)
        {
            using var install = ChildProcess.Start("sh", [Path.Combine(control, "postinst"), "configure"], environment);
            Assert.True(await install.ExitCodeAsync() == 0, install.Output);
        }

        Assert.Equal(["group chorale", "passwd chorale"], await File.ReadAllLinesAsync(folder["users"], TestContext.Current.CancellationToken));
        Assert.Equal(["audio"], await File.ReadAllLinesAsync(folder["groups"], TestContext.Current.CancellationToken));
        Assert.True(File.Exists(folder["root/etc/chorale/config.yaml.example"]));
        Assert.True(File.Exists(folder["root/etc/chorale/.env.example"]));
        await File.WriteAllTextAsync(folder["root/etc/chorale/kitchen.yaml"], "id: kitchen\n", TestContext.Current.CancellationToken);
        using (var remove = ChildProcess.Start("sh", [Path.Combine(control, "postrm"), "purge"], environment)) Assert.Equal(0, await remove.ExitCodeAsync());
        Assert.True(File.Exists(folder["root/etc/chorale/kitchen.yaml"]), "a person's settings went with the program");
        Assert.True(Directory.Exists(folder["root/var/lib/chorale"]), "recordings went with the program");
    }

    private static void Command(string folder, string name, string body)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, "#!/bin/bash\n" + body + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private void SkipWithoutDpkg() => Assert.SkipWhen(packages.Missing is not null, packages.Missing ?? "");
}
