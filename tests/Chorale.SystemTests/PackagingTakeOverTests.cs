namespace Chorale.SystemTests;

/// <summary>The take-over script with the real recorder, on a root of its own; systemctl is one that answers for a recorder-agent and writes down what it was told.</summary>
public sealed class PackagingTakeOverTests : IDisposable
{
    private const string DropIn = "etc/systemd/system/chorale-record@recorder-agent.service.d/take-over.conf";
    private readonly TempFolder _root = new();

    public PackagingTakeOverTests()
    {
        Directory.CreateDirectory(_root["etc/recorder-agent"]);
        Directory.CreateDirectory(_root["bin"]);
        Directory.CreateDirectory(_root["spool/outbox"]);
        File.WriteAllText(_root["spool/outbox/chunk_20260105_100000.ogg"], "waiting");
        WriteSettings();
        File.WriteAllText(_root["etc/recorder-agent/env"], "# secrets\nRA_INGEST_TOKEN=\"from the env\"\n");
        Program("systemctl", $$"""
            if [ "$1" = show ]; then
              case "$4" in
                LoadState) echo loaded ;;
                User) echo recorder-agent ;;
                Group) echo audio ;;
                ExecStart) echo "{ path=/opt/x/python ; argv[]=/opt/x/python -m recorder_agent -c /etc/recorder-agent/config.yaml ; ignore_errors=no ; start_time=[n/a] }" ;;
                EnvironmentFiles) echo "/etc/recorder-agent/env (ignore_errors=yes)" ;;
              esac
              exit 0
            fi
            echo "$*" >>{{_root["told"]}}
            case "$*" in "enable --now chorale-record@"*) [ ! -e {{_root["refuse"]}} ] ;; esac
            """);
        Program("chorale-recorder", $"exec {Path.Combine(AppContext.BaseDirectory, "chorale-recorder")} \"$@\"");
    }

    private string[] Told => File.Exists(_root["told"]) ? File.ReadAllLines(_root["told"]) : [];

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task A_dry_run_says_everything_and_changes_nothing()
    {
        var (exitCode, output) = await RunAsync("--dry-run");
        Assert.True(exitCode == 0, output);
        Assert.Contains($"spool: {_root["spool"]}", output, StringComparison.Ordinal);
        Assert.Contains("would: systemctl disable --now recorder-agent.service", output, StringComparison.Ordinal);
        Assert.Contains("would: systemctl enable --now chorale-record@recorder-agent.service", output, StringComparison.Ordinal);
        Assert.Empty(Told);
        Assert.False(File.Exists(_root[DropIn]));
    }

    [Fact]
    public async Task The_old_recorder_is_stopped_and_ours_uses_its_user_settings_and_spool()
    {
        var (exitCode, output) = await RunAsync();
        Assert.True(exitCode == 0, output);
        Assert.Equal(["daemon-reload", "disable --now recorder-agent.service", "enable --now chorale-record@recorder-agent.service"], Told);
        var unit = await File.ReadAllLinesAsync(_root[DropIn], TestContext.Current.CancellationToken);
        Assert.Contains("User=recorder-agent", unit);
        Assert.Contains("Group=audio", unit);
        Assert.Contains("EnvironmentFile=-/etc/recorder-agent/env", unit);
        Assert.Contains("ExecStart=/usr/bin/chorale-recorder record --flavour recorder-agent --config /etc/recorder-agent/config.yaml", unit);
        Assert.Contains($"ReadWritePaths=-{_root["spool"]}", unit);
        Assert.Equal("waiting", await File.ReadAllTextAsync(_root["spool/outbox/chunk_20260105_100000.ogg"], TestContext.Current.CancellationToken));
        Assert.DoesNotContain("from the env", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Undo_gives_back_to_the_old_recorder()
    {
        await RunAsync();
        File.Delete(_root["told"]);
        var (exitCode, output) = await RunAsync("--undo");
        Assert.True(exitCode == 0, output);
        Assert.Equal(["disable --now chorale-record@recorder-agent.service", "daemon-reload", "enable --now recorder-agent.service"], Told);
        Assert.False(File.Exists(_root[DropIn]));
    }

    [Fact]
    public async Task When_ours_does_not_start_the_old_one_records_again()
    {
        await File.WriteAllTextAsync(_root["refuse"], "", TestContext.Current.CancellationToken);
        var (exitCode, _) = await RunAsync();
        Assert.Equal(1, exitCode);
        Assert.Equal("enable --now recorder-agent.service", Told[^1]);
        Assert.False(File.Exists(_root[DropIn]));
    }

    [Fact]
    public async Task Settings_with_mistakes_change_nothing()
    {
        WriteSettings("chunk_secnds: 60");
        var (exitCode, output) = await RunAsync();
        Assert.Equal(78, exitCode);
        Assert.Contains("chunk_secnds", output, StringComparison.Ordinal);
        Assert.Empty(Told);
    }

    private async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        var environment = new Dictionary<string, string> { ["PATH"] = $"{_root["bin"]}:/usr/bin:/bin", ["TAKE_OVER_ROOT"] = _root.Path };
        using var run = ChildProcess.Start(Path.Combine(GuideText.Root, "packaging/recorder/chorale-take-over"), arguments, environment);
        return (await run.ExitCodeAsync(TimeSpan.FromMinutes(2)), run.Output);
    }

    private void WriteSettings(string extra = "") => File.WriteAllText(_root["etc/recorder-agent/config.yaml"], $"""
        identifiers:
          point_id: "00000000-0000-0000-0000-000000000001"
          register_id: "00000000-0000-0000-0000-000000000002"
          device_id: "00000000-0000-0000-0000-000000000003"
        ingest:
          ingest_base_url: "http://127.0.0.1:9"
        spool:
          spool_dir: "{_root["spool"]}"
        {extra}
        """);

    private void Program(string name, string body)
    {
        File.WriteAllText(_root["bin/" + name], "#!/bin/bash\n" + body + "\n");
        File.SetUnixFileMode(_root["bin/" + name], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
