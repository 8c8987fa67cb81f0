using System.Globalization;
using Chorale.Bench.Page;
using Chorale.TestKit;

namespace Chorale.Bench.Live;

/// <summary>Live in the browser, as a person hears it: from the press to the first sound, and how old what sounds is, by the page's own sound card.</summary>
internal static class LiveInPage
{
    private const int Presses = 12;

    /// <summary>Some six seconds.</summary>
    private const int BlocksEach = 100;

    /// <param name="hub">Its address.</param>
    /// <param name="recorder">Its name in the archive; of one channel, on the test signal.</param>
    public static async Task RunAsync(Uri hub, string recorder)
    {
        await using var browser = await BenchBrowser.StartAsync();
        await using var ear = LiveEar.Open(hub, recorder);
        await ear.HearAsync(2);
        var (first, age) = (new List<double>(), new List<double>());
        for (var press = -1; press < Presses; press++) // the first is not counted
        {
            var page = await browser.NewPageAsync(PageEar.Script);
            await page.GotoAsync(new Uri(hub, "#/listen").ToString());
            await page.Locator($"article[data-recorder='{recorder}'] [data-name=listen-live]").ClickAsync();
            await Wait.Until("seconds were heard", async () => await page.EvaluateAsync<int>("window.pageEar.played.length") >= BlocksEach, TimeSpan.FromSeconds(60));
            var heard = PageEar.Read(await page.EvaluateAsync<string>(PageEar.Told));
            await page.Context.CloseAsync();
            if (press < 0) continue;
            first.Add(heard.FirstSoundMs);
            age.AddRange(heard.DelaysMs(ear));
        }

        var table = new Table("in the page", "times", "p50 ms", "p99 ms", "worst ms");
        table.Add(["press to first sound", .. Row(first)]);
        table.Add(["age of what sounds, a block of 60 ms each", .. Row(age)]);
        table.Print();
    }

    private static string[] Row(List<double> times)
    {
        times.Sort();
        string At(double quantile) => times[Math.Min(times.Count - 1, (int)(times.Count * quantile))].ToString("0", CultureInfo.InvariantCulture);
        return [times.Count.ToString(CultureInfo.InvariantCulture), At(0.5), At(0.99), At(1)];
    }
}
