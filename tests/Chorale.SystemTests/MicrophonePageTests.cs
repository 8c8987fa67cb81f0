using Chorale.Recorder.Settings;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>A real recorder on a microphone that can be unplugged, as the page shows it and lets it be heard.</summary>
public sealed class MicrophonePageTests : PageOfFleet
{
    private readonly TempFolder _folder = new();
    private VirtualMicrophone _microphone = null!;
    private ModuleProcess? _recorder;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _microphone = await VirtualMicrophone.StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        using var folder = _folder;
        await using var microphone = _microphone;
        using var recorder = _recorder;
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_microphone_is_heard_its_level_moves_and_when_it_is_unplugged_it_is_named_until_it_is_back()
    {
        var (point, register, sender) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        _microphone.PlayTone(440, 0.02);
        _recorder = ModuleProcess.Start("hall", Broker.Port, _folder["hall"], _microphone.Device, [.. new (SettingKey Key, string Text)[]
        {
            (SettingKeys.Sink, "ingest"), (SettingKeys.Url, Hub.Address.ToString()), (SettingKeys.Token, Hub.Host.Tokens.IssueDevice(sender, point, register).Secret),
            (SettingKeys.PointId, point), (SettingKeys.RegisterId, register), (SettingKeys.DeviceId, sender), (SettingKeys.ChunkSeconds, "2"), (SettingKeys.Mode, "continuous"),
        }.Select(s => $"{s.Key.Name}={s.Text}")]);
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/fleet"));
        var tile = page.Locator("[data-module=hall]");
        await Assertions.Expect(tile).ToContainTextAsync("archives");
        await tile.Locator("[data-name=listen-live]").ClickAsync();
        await Assertions.Expect(page.Locator("#live")).ToHaveAttributeAsync("data-state", "live");

        // What is heard and what is drawn follow the sound: -37 dBFS, then louder by 28 dB.
        await Browser.UntilAsync(page, Heard(-45, -30));
        await Browser.UntilAsync(page, Drawn(-45, -30));
        _microphone.PlayTone(440, 0.5);
        await Browser.UntilAsync(page, Heard(-20, 0));
        await Browser.UntilAsync(page, Drawn(-20, 0));
        await Browser.ShotAsync(page, "microphone-heard", isWhole: true);

        await _microphone.UnplugAsync();
        await Assertions.Expect(tile.Locator(".tile-head [data-state=bad]").First).ToBeVisibleAsync();
        await Assertions.Expect(tile.Locator(".tile-level")).ToContainTextAsync("no level");
        await Assertions.Expect(page.Locator("#live")).Not.ToHaveAttributeAsync("data-state", "live");
        await Browser.ShotAsync(page, "microphone-unplugged", isWhole: true);
        await page.EvaluateAsync("location.hash = '#/'");
        var need = page.Locator("#needs [data-kind=microphone]");
        await Assertions.Expect(need.First).ToContainTextAsync("hall");
        await Browser.ShotAsync(page, "microphone-need", isWhole: true);

        await _microphone.PlugAsync();
        await Assertions.Expect(need).ToHaveCountAsync(0);
        await page.EvaluateAsync("location.hash = '#/fleet'");
        await Assertions.Expect(tile).ToContainTextAsync("archives");
        await Assertions.Expect(page.Locator("#live")).ToHaveAttributeAsync("data-state", "live"); // whoever listened hears it again
        await Browser.UntilAsync(page, Heard(-45, 0));
    }

    private static string Heard(int from, int to) => $"(db => db > {from} && db < {to})(Number(document.querySelector('#live')?.dataset.rms || -120))";

    /// <summary>As it is written beside the meter of the tile.</summary>
    private static string Drawn(int from, int to) =>
        $"(db => db > {from} && db < {to})(Number((document.querySelector('[data-module=hall] .tile-level .figures')?.textContent ?? '-120').replace('\u2212', '-').replace(/[^-0-9].*/, '')))";
}
