using System.Diagnostics;
using System.Security.Cryptography;
using Chorale.Audio.Files;
using Chorale.Fleet;
using Chorale.Fleet.Commands;
using Chorale.Fleet.Sessions;
using Chorale.Protocol;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>Recordings on the page: heard together to the frame, exported with progress, and the archive checked.</summary>
public sealed class RecordingsPageTests : IAsyncLifetime
{
    private const int Seconds = 14, Rate = 48_000;

    /// <summary>Hands on what goes through it, 4,096 frames at a time.</summary>
    private const string Tap = """
        registerProcessor('tap', class extends AudioWorkletProcessor {
          blocks = [new Float32Array(4096), new Float32Array(4096)]; filled = 0;
          process([input]) {
            for (const i of [0, 1]) if (input[i]) this.blocks[i].set(input[i], this.filled); else this.blocks[i].fill(0, this.filled, this.filled + 128);
            this.filled += 128;
            if (this.filled === 4096) { this.port.postMessage(this.blocks.map(b => b.slice())); this.filled = 0; }
            return true;
          }
        });
        """;
    private readonly TestLog _log = new();
    private readonly TempFolder _files = new();
    private PageHub _hub = null!;
    private Browser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _browser = await Browser.StartAsync();
        _hub = await PageHub.StartAsync(_log, s => s with { RecordingFolders = [_files.Path] });
    }

    public async ValueTask DisposeAsync()
    {
        using var files = _files;
        await using var hub = _hub;
        await using var browser = _browser; // the first to go: it says what the page complained of
    }

    [Fact]
    public async Task All_tracks_of_a_recording_sound_at_the_same_frame_without_a_seam_and_each_can_be_muted()
    {
        AddSession("choir");
        var page = await _browser.OpenAsync(new Uri(_hub.Address, "#/recordings/choir"));
        await (await page.Context.NewCDPSessionAsync(page)).SendAsync("Page.setBypassCSP", new() { ["enabled"] = true }); // for the tap below
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("#together")).ToHaveAttributeAsync("data-tracks", "2");
        await Assertions.Expect(page.Locator("[data-track=hall] [data-wave=ready], [data-track=hall][data-wave=ready]")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("[data-track=cellar]")).ToContainTextAsync("lies on the module");

        // A tap between each track and the sound card, in the thread of the sound, which misses nothing while the page is busy: what it takes is what is heard, twelve seconds over two joins of blocks.
        await page.EvaluateAsync("""
            tap => { const code = URL.createObjectURL(new Blob([tap], { type: 'text/javascript' }));
              const deck = document.getElementById('together').deck;
              window.heard = [[], []];
              const open = deck.open.bind(deck);
              deck.open = () => { const context = open();
                if (!window.tapped) window.tapped = context.audioWorklet.addModule(code).then(() => {
                  const merger = context.createChannelMerger(2), tap = new AudioWorkletNode(context, 'tap', { numberOfOutputs: 0 });
                  ['hall', 'stage'].forEach((name, i) => deck.gains.get(name).connect(merger, 0, i));
                  merger.connect(tap);
                  tap.port.onmessage = e => e.data.forEach((block, i) => window.heard[i].push(block));
                });
                return context; }; }
            """, Tap);
        await page.Locator("#together-play").ClickAsync();
        await Assertions.Expect(page.Locator("#together")).ToHaveAttributeAsync("data-state", "playing");
        await Browser.UntilAsync(page, $"window.heard[0].length * 4096 > {11 * Rate}");
        await page.Locator("#together-play").ClickAsync();
        await Assertions.Expect(page.Locator("#together")).ToHaveAttributeAsync("data-state", "stopped");
        var hall = await HeardAsync(page, 0);
        var stage = await HeardAsync(page, 1);
        var first = Array.FindIndex(hall, s => s != 0);
        Assert.True(first >= 0, "nothing was heard of hall");
        var offset = SoundOffset.Of(hall.AsSpan(first, 10 * Rate), stage.AsSpan(first, 10 * Rate), 480);
        TestContext.Current.SendDiagnosticMessage($"tracks are {offset.Frames:0.000} frames apart, likeness {offset.Likeness:0.00000}");
        Assert.InRange(offset.Frames, -0.02, 0.02);
        Assert.InRange(offset.Likeness, 0.999, 1.0001);

        // Against the sound itself: a frame lost or doubled at a join would shift everything behind it.
        var begin = Begin(hall, first);
        for (var second = 1; second <= 10; second++)
        {
            var truth = Enumerable.Range(0, 4_000).Select(i => (float)HeardSound.Tones(1 + (begin + (second * Rate) + i) / (double)Rate)).ToArray();
            Assert.InRange(Error(truth, hall.AsSpan(first + second * Rate, 4_000)), 0, 0.005);
            Assert.InRange(Error(truth, stage.AsSpan(first + second * Rate, 4_000)), 0, 0.005);
        }

        await page.EvaluateAsync("window.heard = [[], []]");
        await page.Locator("[data-track=stage] [data-name=mute]").ClickAsync();
        await Assertions.Expect(page.Locator("[data-track=stage]")).ToHaveAttributeAsync("data-heard", "false");
        await page.Locator(".together-head").FocusAsync();
        await page.Keyboard.PressAsync("Home");
        await page.Keyboard.PressAsync("Space");
        await Browser.UntilAsync(page, "window.heard[0].length > 12");
        Assert.Contains(await HeardAsync(page, 0), s => s != 0);
        Assert.DoesNotContain((await HeardAsync(page, 1)).Skip(4096), s => s != 0); // the tap had begun that block before
        await page.Keyboard.PressAsync("ArrowRight");
        await Browser.UntilAsync(page, "Number(document.getElementById('together-at').dataset.at) >= 5");
        await page.Keyboard.PressAsync("Space");
        await Assertions.Expect(page.Locator("#together")).ToHaveAttributeAsync("data-state", "stopped");
    }

    [Theory]
    [InlineData(1280, 900, ColorScheme.Light)]
    [InlineData(820, 1100, ColorScheme.Dark)]
    [InlineData(360, 740, ColorScheme.Light)]
    [InlineData(360, 740, ColorScheme.Dark)]
    public async Task A_recording_is_found_shown_and_read_by_everybody(int width, int height, ColorScheme scheme)
    {
        AddSession("choir");
        AddSession("rehearsal");
        var page = await _browser.OpenAsync(new Uri(_hub.Address, "#/recordings"), width, height, scheme);
        await Assertions.Expect(page.Locator("[data-session]")).ToHaveCountAsync(2);
        await page.Locator("#recordings-filter").FillAsync("reh");
        await Assertions.Expect(page.Locator("[data-session]")).ToHaveCountAsync(1);
        await page.Locator("#recordings-filter").FillAsync("");
        await page.Locator("[data-session=choir] a").ClickAsync();
        await Assertions.Expect(page.Locator("#alignment [data-module=hall]")).ToHaveAttributeAsync("data-after", "0");
        await Assertions.Expect(page.Locator("#alignment [data-module=stage]")).ToHaveAttributeAsync("data-after", "12346");
        await Assertions.Expect(page.Locator("[data-wave=ready]")).ToHaveCountAsync(2);
        foreach (var track in (string[])["hall", "stage"])
        {
            var card = (await page.Locator($"li[data-track={track}]").BoundingBoxAsync())!;
            var wave = (await page.Locator($"li[data-track={track}] [data-wave]").BoundingBoxAsync())!;
            Assert.True(wave is { Width: > 150, Height: > 30 } && wave.X >= card.X && wave.Y >= card.Y && wave.X + wave.Width <= card.X + card.Width && wave.Y + wave.Height <= card.Y + card.Height,
                $"the wave of {track} lies at {wave.X} {wave.Y}, {wave.Width} x {wave.Height}; its track at {card.X} {card.Y}, {card.Width} x {card.Height}");
        }

        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the screen");
        var name = $"recording-{width}-{scheme.ToString().ToLowerInvariant()}";
        await Browser.ShotAsync(page, name, isWhole: true);
        var found = await Browser.AxeAsync(page);
        Assert.True(found.Count == 0, string.Join('\n', found));
        await page.EvaluateAsync("location.hash = '#/jobs'");
        await Assertions.Expect(page.Locator("#check")).ToBeVisibleAsync();
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the screen");
        await Browser.ShotAsync(page, name.Replace("recording", "jobs", StringComparison.Ordinal), isWhole: true);
        found = await Browser.AxeAsync(page);
        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    [Fact]
    public async Task A_recording_is_exported_as_a_job_and_its_files_have_the_same_number_of_samples()
    {
        AddSession("choir");
        var page = await _browser.OpenAsync(new Uri(_hub.Address, "#/recordings/choir"));
        await page.Locator("#session-export-begin").ClickAsync();
        await Assertions.Expect(page.Locator("#session-export .job")).ToHaveAttributeAsync("data-state", "done");
        await Assertions.Expect(page.Locator("#session-export .job [data-finding=left_out]")).ToContainTextAsync("cellar");
        var list = (await page.Locator("#session-export .job .findings").BoundingBoxAsync())!;
        var last = (await page.Locator("#session-export .job .findings > li").Last.BoundingBoxAsync())!;
        Assert.InRange(list.Y + list.Height - last.Y - last.Height, -1, 4); // nothing but its lines
        var saved = await page.RunAndWaitForDownloadAsync(() => page.Locator("#session-export [data-name=download]").ClickAsync());
        Assert.Equal("choir.zip", saved.SuggestedFilename);
        await saved.SaveAsAsync(_files["choir.zip"]);
        Run("unzip", "-q", _files["choir.zip"], "-d", _files["choir"]);
        Assert.Equal(["hall.flac", "manifest.json", "session.json", "stage.flac"], Directory.GetFiles(_files["choir"]).Select(Path.GetFileName).Order());
        foreach (var file in (string[])["hall.flac", "stage.flac"])
            Assert.Equal($"{Rate * (Seconds - 2)}", Run("ffprobe", "-v", "error", "-show_entries", "stream=duration_ts", "-of", "csv=p=0", Path.Combine(_files["choir"], file)).Trim());

        // It is there for whoever comes later, and goes when it is told to.
        await page.ReloadAsync();
        await page.EvaluateAsync("location.hash = '#/jobs'");
        await Assertions.Expect(page.Locator("#jobs .job")).ToHaveAttributeAsync("data-state", "done");
        await Browser.ShotAsync(page, "jobs-done", isWhole: true);
        await page.Locator("#jobs [data-name=forget]").ClickAsync();
        await Assertions.Expect(page.Locator("#jobs")).ToHaveAttributeAsync("data-count", "0");
    }

    [Fact]
    public async Task A_stretch_of_several_recorders_is_exported_with_its_size_told_before_and_can_be_cancelled()
    {
        var start = WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow()) - 3_600_000_000L;
        foreach (var (id, first, ppm) in new[] { ("hall", 0.0, 30.0), ("stage", 0.25, -20.0) })
            await HeardSound.AddRunAsync(_hub.Host, id, HeardSound.Tones, start, first, ppm, Rate, AudioCodec.Flac, 12, 60);
        var page = await _browser.OpenAsync(new Uri(_hub.Address, "#/listen"));
        await page.Locator("article[data-recorder=hall] [data-name=export]").ClickAsync();
        await Browser.FillTimeAsync(page, "#export-from", start + 1_000_000);
        await Browser.FillTimeAsync(page, "#export-to", start + 710_000_000L);
        await page.Locator("#export-whose").SelectOptionAsync("all");
        await page.Locator("#export-layout").SelectOptionAsync("aligned");
        await Assertions.Expect(page.Locator("#export-estimate")).ToContainTextAsync("2 files in");
        await Browser.ShotAsync(page, "listen-export", isWhole: true);
        await page.Locator("#export-begin").ClickAsync();
        await Assertions.Expect(page.Locator("#export .job")).ToHaveAttributeAsync("data-state", "running");
        await Assertions.Expect(page.Locator("#work")).ToHaveAttributeAsync("data-open", "1");
        await Assertions.Expect(page.Locator("#export .job [data-name=told]")).ToContainTextAsync("real time");
        await Browser.ShotAsync(page, "listen-export-running", isWhole: true);
        var id1 = (await page.Locator("#export .job").GetAttributeAsync("data-job"))!;
        await page.Locator("#export .job [data-name=cancel]").ClickAsync();
        await Assertions.Expect(page.Locator("#export .job")).ToHaveAttributeAsync("data-state", "cancelled");
        Assert.Equal(["job.json"], Directory.GetFiles(Path.Combine(_hub.Host.Store.Folder, "jobs", id1)).Select(Path.GetFileName));
        await Assertions.Expect(page.Locator("#work")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_check_names_what_is_gone_and_an_import_is_heard()
    {
        var start = WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow()) - 600_000_000L;
        await HeardSound.AddRunAsync(_hub.Host, "hall", HeardSound.Clicks, start, 0, 0, Rate, AudioCodec.Opus, 3, 10);
        File.Delete(Directory.GetFiles(Path.Combine(_hub.Host.Store.Folder, "audio"), "*.ogg", SearchOption.AllDirectories).Order().First());
        var page = await _browser.OpenAsync(new Uri(_hub.Address, "#/jobs"));
        await page.Locator("#check-begin").ClickAsync();
        await Assertions.Expect(page.Locator("#jobs [data-kind=check]")).ToHaveAttributeAsync("data-state", "done");
        await Assertions.Expect(page.Locator("#jobs [data-finding=file_missing]")).ToHaveCountAsync(1);

        HeardSound.WriteWav(_files["chunk_20260105_100000.wav"], Rate, HeardSound.Hear(HeardSound.Tones, 0, 0, Rate, 0, 5 * Rate));
        await page.Locator("#import-recorder").FillAsync("visitor");
        await page.Locator("#import-files").SetInputFilesAsync(_files["chunk_20260105_100000.wav"]);
        var line = await page.Context.NewCDPSessionAsync(page);
        await LineAsync(line, bytesPerSecond: 100_000);
        await page.Locator("#import-begin").ClickAsync();
        var import = page.Locator("#jobs [data-kind=import]");
        await Assertions.Expect(import.Locator("[data-name=told]")).ToContainTextAsync(new System.Text.RegularExpressions.Regex("^[1-9][0-9]?%.*of 720 kB received"));
        Assert.InRange(await import.Locator("progress").EvaluateAsync<double>("bar => bar.value"), 0.01, 0.99);
        await Browser.ShotAsync(page, "jobs-import-sending", isWhole: true);
        await LineAsync(line, bytesPerSecond: -1);
        await Assertions.Expect(import).ToHaveAttributeAsync("data-state", "done");
        await Assertions.Expect(page.Locator("#jobs [data-finding=stored]")).ToContainTextAsync("2026-01-05T10:00:00");
        await Browser.ShotAsync(page, "jobs-check-import", isWhole: true);
        var found = await Browser.AxeAsync(page);
        Assert.True(found.Count == 0, string.Join('\n', found));
        Assert.Equal(240_000, _hub.Host.Index.Read(c => Dapper.SqlMapper.ExecuteScalar<long>(c, "SELECT frames FROM chunks WHERE recorder_id = 'visitor'")));
    }

    /// <summary>Two modules that heard one sound with other offsets and crystals, and one whose file is not here.</summary>
    private void AddSession(string id) => HeardSession.Add(_hub.Host, _files, id, Seconds, Rate);

    /// <summary>How fast the browser sends; -1: as fast as it can.</summary>
    private static async Task LineAsync(ICDPSession line, int bytesPerSecond) => await line.SendAsync("Network.emulateNetworkConditions", new()
    {
        ["offline"] = false, ["latency"] = 0, ["downloadThroughput"] = -1, ["uploadThroughput"] = bytesPerSecond,
    });

    private static async Task<float[]> HeardAsync(IPage page, int track)
    {
        var bytes = await page.EvaluateAsync<string>("""
            track => { const all = new Float32Array(window.heard[track].length * 4096); window.heard[track].forEach((b, i) => all.set(b, i * 4096));
              const bytes = new Uint8Array(all.buffer); let text = ''; for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768)); return btoa(text); }
            """, track);
        return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(bytes)).ToArray();
    }

    /// <summary>Which frame of the session the first sample heard is: where the sound fits best.</summary>
    private static int Begin(float[] heard, int first) => Enumerable.Range(0, 4 * Rate).MinBy(at =>
    {
        double error = 0;
        for (var i = 0; i < 64; i++) error += Math.Abs(HeardSound.Tones(1 + (at + i) / (double)Rate) - heard[first + i]);
        return error;
    });

    private static double Error(float[] expected, ReadOnlySpan<float> actual)
    {
        double error = 0, signal = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            error += (expected[i] - actual[i]) * (double)(expected[i] - actual[i]);
            signal += expected[i] * (double)expected[i];
        }

        return Math.Sqrt(error / signal);
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {error}");
        return output.Result;
    }
}
