using System.Diagnostics;
using Chorale.Protocol;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>Headphones pulled out of the machine that somebody listens at: it goes on with what is there, and says when there is nothing.</summary>
public sealed class SoundCardPageTests : IAsyncLifetime
{
    private const int Seconds = 300, Rate = 48_000;
    private readonly TestLog _log = new();
    private readonly TempFolder _files = new();
    private PulseServer _sound = null!;
    private PageHub _hub = null!;
    private Browser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _sound = await PulseServer.StartAsync();
        _browser = await Browser.StartAsync(_sound);
        _browser.ExpectWords(BrowsersWord);
        _hub = await PageHub.StartAsync(_log, s => s with { RecordingFolders = [_files.Path] });
    }

    public async ValueTask DisposeAsync()
    {
        using var files = _files;
        using var sound = _sound;
        await using var hub = _hub;
        await using var browser = _browser;
    }

    [Fact]
    public async Task All_tracks_go_on_with_the_next_card_and_after_the_last_one_from_where_they_were()
    {
        HeardSession.Add(_hub.Host, _files, "choir", Seconds, Rate);
        var headphones = await PlugAsync("headphones");
        var page = await _browser.OpenAsync(new Uri(_hub.Address, "#/recordings/choir"));
        await page.Locator("#together-play").ClickAsync();
        await Browser.UntilAsync(page, $"{At} > 1");
        await HeardFromAsync("headphones");
        await _sound.ControlAsync("unload-module", headphones);
        await HeardFromAsync(PulseServer.Speakers);
        await Assertions.Expect(page.Locator("#together")).ToHaveAttributeAsync("data-state", "playing");

        await _sound.ControlAsync("unload-module", "module-null-sink");
        await Assertions.Expect(page.Locator("#together")).ToHaveAttributeAsync("data-state", "cardless");
        await Assertions.Expect(page.Locator("#together")).ToContainTextAsync("The sound card is gone. Press Play");
        await Browser.ShotAsync(page, "together-cardless", isWhole: true);
        var at = await page.EvaluateAsync<double>(At);
        await PlugAsync("headphones");
        await page.Locator("#together-play").ClickAsync();
        await HeardFromAsync("headphones");
        await Assertions.Expect(page.Locator("#together")).ToHaveAttributeAsync("data-state", "playing");
        await page.Locator("#together-play").ClickAsync();
        await Assertions.Expect(page.Locator("#together")).ToHaveAttributeAsync("data-state", "stopped");
        Assert.InRange(await page.EvaluateAsync<double>(At), at, Seconds - 3); // neither from the beginning nor to the end
    }

    [Fact]
    public async Task A_microphone_is_heard_with_the_next_card_and_after_the_last_one_as_soon_as_one_is_plugged_in()
    {
        _hub.StartRecorder("kitchen");
        var headphones = await PlugAsync("headphones");
        var page = await _browser.OpenAsync(new Uri(_hub.Address, "#/listen"));
        await page.Locator("article [data-name=listen-live]").ClickAsync();
        await Browser.UntilAsync(page, Loud);
        await HeardFromAsync("headphones");
        await _sound.ControlAsync("unload-module", headphones);
        await HeardFromAsync(PulseServer.Speakers);

        var lost = page.WaitForConsoleMessageAsync(new PageWaitForConsoleMessageOptions { Predicate = m => m.Text.StartsWith(BrowsersWord, StringComparison.Ordinal) });
        await _sound.ControlAsync("unload-module", "module-null-sink");
        await lost;
        await PlugAsync("headphones");
        await page.EvaluateAsync("navigator.mediaDevices.dispatchEvent(new Event('devicechange'))"); // as it comes of a card with a plug; a sink of PulseAudio has none
        await HeardFromAsync("headphones");
        await Browser.UntilAsync(page, Loud);
        await Assertions.Expect(page.Locator("#live")).ToContainTextAsync("the sound card went; if you hear nothing, stop and listen again");
    }

    [Fact]
    public async Task The_archive_plays_on_with_the_next_card_and_after_the_last_one_from_where_it_was()
    {
        var start = WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow()) / 1_000_000 * 1_000_000 - 600_000_000L;
        await HubArchive.AddRunAsync(_hub.Host, "hall", start, chunks: 30, secondsPerChunk: 10);
        var headphones = await PlugAsync("headphones");
        var page = await _browser.OpenAsync(new Uri(_hub.Address, "#/listen/now/1h"));
        await Browser.UntilAsync(page, "document.getElementById('recorders')?.dataset.state === 'ready'");
        await page.Locator(".track[data-recorder=hall]").FocusAsync();
        await page.Keyboard.PressAsync("Home");
        await page.Keyboard.PressAsync("Space");
        await Browser.UntilAsync(page, "document.getElementById('audio').currentTime > 1");
        await HeardFromAsync("headphones");
        await _sound.ControlAsync("unload-module", headphones);
        await HeardFromAsync(PulseServer.Speakers);
        await Assertions.Expect(page.Locator("footer.player")).ToHaveAttributeAsync("data-state", "playing");

        await _sound.ControlAsync("unload-module", "module-null-sink");
        await Assertions.Expect(page.Locator("footer.player")).ToHaveAttributeAsync("data-state", "paused");
        await Assertions.Expect(page.Locator("#playing-note")).ToContainTextAsync("The sound card is gone. Press Play");
        var at = await page.EvaluateAsync<long>(When);
        await PlugAsync("headphones");
        await page.Locator("#play").ClickAsync();
        await HeardFromAsync("headphones");
        Assert.InRange(await page.EvaluateAsync<long>(When), at - 1_000_000, at + 120_000_000);
    }

    /// <summary>What Chromium writes when no card is left.</summary>
    private const string BrowsersWord = "The AudioContext encountered an error from the audio device";

    private const string When = "Math.round(Number(document.getElementById('playing-when').dataset.us))";

    private const string At = "Number(document.getElementById('together-at').dataset.at)";

    private const string Loud = "document.querySelector('#live')?.dataset.state === 'live' && Number(document.querySelector('#live')?.dataset.rms || -120) > -40";

    /// <summary>As a desktop does: what is plugged in last is heard.</summary>
    private async Task<string> PlugAsync(string name)
    {
        var module = await _sound.ControlAsync("load-module", "module-null-sink", $"sink_name={name}");
        await _sound.ControlAsync("set-default-sink", name);
        return module;
    }

    private Task HeardFromAsync(string sink) => Wait.Until($"something is heard from the {sink}", async () => await LoudestAsync(sink) > 100, TimeSpan.FromSeconds(180));

    /// <summary>The greatest of half a second of samples that a sink is given, of 32,768.</summary>
    private async Task<int> LoudestAsync(string sink)
    {
        using var parec = Process.Start(new ProcessStartInfo(
            "sh", ["-c", $"parec --server={_sound.Address} --device={sink}.monitor --raw --format=s16le --rate=48000 --channels=1 2>/dev/null | head -c 48000"]) { RedirectStandardOutput = true })!;
        using var heard = new MemoryStream();
        await parec.StandardOutput.BaseStream.CopyToAsync(heard);
        await parec.WaitForExitAsync();
        var samples = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, short>(heard.ToArray());
        var loudest = 0;
        foreach (var sample in samples) loudest = Math.Max(loudest, Math.Abs((int)sample));
        return loudest;
    }
}
