using System.Collections;
using System.Collections.Concurrent;
using Chorale.SystemTests;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(ChromiumPool))]

namespace Chorale.SystemTests;

/// <summary>Chromium as Debian has it. To start one costs both cores a second, so a test takes one that another is done with, and opens windows that know nothing of it.</summary>
public sealed class ChromiumPool : IAsyncDisposable
{
    internal const string Program = "/usr/bin/chromium";

    private static readonly Lazy<Task<IPlaywright>> Driver = new(Playwright.CreateAsync);
    private static readonly ConcurrentQueue<IBrowser> Idle = new();

    internal static async Task<IBrowser> TakeAsync()
    {
        while (Idle.TryDequeue(out var browser))
        {
            if (browser.IsConnected) return browser;
            await browser.DisposeAsync();
        }

        return await LaunchAsync(await PulseServer.Shared.Value);
    }

    internal static async Task<IBrowser> LaunchAsync(PulseServer sound) => await (await Driver.Value).Chromium.LaunchAsync(new BrowserTypeLaunchOptions
    {
        ExecutablePath = Program,
        Env = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(e => KeyValuePair.Create((string)e.Key, (string)e.Value!))
            .Where(e => e.Key != "PULSE_SERVER").Append(KeyValuePair.Create("PULSE_SERVER", sound.Address)),
        IgnoreDefaultArgs = ["--mute-audio"],
        Args =
        [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required",
        ],
    });

    /// <summary>Closes every window.</summary>
    internal static async Task GiveBackAsync(IBrowser browser)
    {
        foreach (var context in browser.Contexts.ToList()) await context.CloseAsync();
        Idle.Enqueue(browser);
    }

    public async ValueTask DisposeAsync()
    {
        while (Idle.TryDequeue(out var browser)) await browser.DisposeAsync();
        if (Driver.IsValueCreated) (await Driver.Value).Dispose();
    }
}
