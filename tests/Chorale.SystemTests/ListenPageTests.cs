using Chorale.Archive.Index;
using Chorale.Audio.Files;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Microsoft.Playwright;

namespace Chorale.SystemTests;

/// <summary>The timeline as hands and keys use it, in a real browser on a real hub.</summary>
public sealed class ListenPageTests : PageOfHub
{
    private const long Second = 1_000_000, Hour = 3600 * Second, Day = 24 * Hour;

    [Fact]
    public async Task One_zooms_from_everything_to_ten_seconds_and_back_and_what_is_under_the_line_stays_there()
    {
        var start = Now() - 300 * Second;
        await HubArchive.AddRunAsync(Hub.Host, "hall", start, chunks: 20, secondsPerChunk: 10);
        TimelineScenes.Chunks(Hub.Host, "hall", Now() - 800 * Day, count: 400, every: 2 * Day);
        await TimelineScenes.OutlinedAsync(Hub.Host, 20);
        var page = await OpenAsync("now", "all");
        await Assertions.Expect(page.Locator(".track svg")).ToHaveAttributeAsync("data-detail", "buckets");
        await Assertions.Expect(page.Locator(".bucket").First).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".wave.rms")).ToHaveCountAsync(1); // how loud it was, from years away
        await Browser.ShotAsync(page, "zoom-all");

        await SetCursorAsync(page, start + 100 * Second);
        for (var n = 0; n < 12 && await ZoomAsync(page) != "10s"; n++) await page.Locator("#nearer").ClickAsync();
        Assert.Equal("10s", await ZoomAsync(page));
        await ReadyAsync(page);
        await Assertions.Expect(page.Locator(".border").First).ToBeAttachedAsync(); // the borders of chunks
        await Assertions.Expect(page.Locator(".wave")).ToHaveCountAsync(1);
        Assert.InRange(await page.EvaluateAsync<int>("document.querySelector('.wave').getAttribute('d').split('M').length"), 500, 4000); // finer than what is kept
        await Assertions.Expect(page.Locator(".track .cursor")).ToHaveCountAsync(1);
        await Browser.ShotAsync(page, "zoom-10s");

        await page.Locator(".track").FocusAsync();
        for (var n = 0; n < 12 && await page.EvaluateAsync<bool>("location.hash.indexOf('/all') < 0"); n++)
        {
            await page.Keyboard.PressAsync("-");
            await page.EvaluateAsync("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
        }

        await Browser.UntilAsync(page, "location.hash.includes('/all')");
        await Assertions.Expect(page.Locator(".track .cursor")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task The_wheel_zooms_around_the_pointer_a_drag_moves_and_a_drag_with_shift_chooses()
    {
        await HubArchive.AddRunAsync(Hub.Host, "hall", Now() - 600 * Second, chunks: 50, secondsPerChunk: 10);
        var page = await OpenAsync("now", "1h");
        await ReadyAsync(page);
        var box = await Browser.BoxAsync(page.Locator(".track"));
        var (x, y) = (box.X + box.Width * 0.75f, box.Y + box.Height / 2);
        var before = await TimeAtAsync(page, 0.75);
        await page.Mouse.MoveAsync(x, y);
        await page.Keyboard.DownAsync("Control");
        await page.Mouse.WheelAsync(0, -300);
        await page.Keyboard.UpAsync("Control");
        await Browser.UntilAsync(page, "document.querySelector('#zoom').value === ''"); // no step of the list any more
        Assert.InRange(Math.Abs(await TimeAtAsync(page, 0.75) - before), 0, 2 * Second);

        var length = await LengthAsync(page);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(x - box.Width / 4, y, new() { Steps = 5 });
        await page.Mouse.UpAsync();
        Assert.InRange(await TimeAtAsync(page, 0.5) - before, -2 * Second, 2 * Second);
        Assert.Equal(length, await LengthAsync(page));
        await Assertions.Expect(page.Locator("footer.player")).ToBeHiddenAsync(); // it moved, it did not play

        await page.Keyboard.DownAsync("Shift");
        await page.Mouse.MoveAsync(box.X + box.Width * 0.2f, y);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + box.Width * 0.4f, y, new() { Steps = 5 });
        await page.Mouse.UpAsync();
        await page.Keyboard.UpAsync("Shift");
        await Assertions.Expect(page.Locator("#export")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".track .chosen")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("footer.player")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Keys_move_play_choose_and_explain_themselves_and_leave_fields_and_those_who_put_them_off_alone()
    {
        await HubArchive.AddRunAsync(Hub.Host, "hall", Now() - 400 * Second, chunks: 30, secondsPerChunk: 10);
        var page = await OpenAsync("now", "10m");
        await ReadyAsync(page);
        await page.Locator(".track").FocusAsync();
        await page.Keyboard.PressAsync("Home");
        var first = await CursorAsync(page);
        await page.Keyboard.PressAsync("Shift+ArrowRight");
        await page.Keyboard.PressAsync("ArrowRight");
        await Browser.UntilAsync(page, $"Number(document.querySelector('.track').getAttribute('aria-valuenow')) === {first + 65 * Second}");
        await page.Keyboard.PressAsync("[");
        await page.Keyboard.PressAsync("Shift+ArrowRight");
        await page.Keyboard.PressAsync("]");
        await Assertions.Expect(page.Locator("#export")).ToHaveAttributeAsync("data-covered", $"{60 * Second}");

        await page.Keyboard.PressAsync("Space");
        await PlayingAsync(page);
        await page.Keyboard.PressAsync("l");
        await Assertions.Expect(page.Locator("#rate")).ToHaveValueAsync("1.5");
        await page.Keyboard.PressAsync("l");
        await Assertions.Expect(page.Locator("#rate")).ToHaveValueAsync("2");
        Assert.True(await page.EvaluateAsync<bool>("document.getElementById('audio').preservesPitch"));
        await page.Keyboard.PressAsync("k");
        await Assertions.Expect(page.Locator("footer.player")).ToHaveAttributeAsync("data-state", "paused");
        var at = await HeadAsync(page);
        await page.Keyboard.PressAsync("j");
        await Browser.UntilAsync(page, $"Number(document.getElementById('playing-when').dataset.us) < {at - Second}");
        await Assertions.Expect(page.Locator("#playing-when")).ToContainTextAsync("backwards");
        await page.Keyboard.PressAsync("k");
        at = await HeadAsync(page);
        await page.Keyboard.PressAsync("ArrowRight");
        await Browser.UntilAsync(page, $"Number(document.getElementById('playing-when').dataset.us) >= {at + 4 * Second}");

        await page.Keyboard.PressAsync("?");
        await Assertions.Expect(page.Locator("#keys")).ToBeVisibleAsync();
        await page.Locator("#keys-on").UncheckAsync();
        await page.Locator(".track").FocusAsync();
        var zoom = await ZoomAsync(page);
        await page.Keyboard.PressAsync("+");
        await page.Keyboard.PressAsync("?"); // this one always works: it is how the others come back
        await Assertions.Expect(page.Locator("#keys")).ToHaveCountAsync(0);
        Assert.Equal(zoom, await ZoomAsync(page));
        await page.Locator("#filter").FillAsync("jk+-l [");
        await Assertions.Expect(page.Locator("#none-match")).ToContainTextAsync("jk+-l [");
        await Assertions.Expect(page.Locator("#filter")).ToHaveValueAsync("jk+-l [");
    }

    [Fact]
    public async Task Why_there_is_a_gap_is_told_to_a_pointer_to_a_finger_and_to_a_screen_reader()
    {
        var start = Now() - 500 * Second;
        await HubArchive.AddRunAsync(Hub.Host, "hall", start, chunks: 10, secondsPerChunk: 10);
        await HubArchive.AddRunAsync(Hub.Host, "hall", start + 220 * Second, chunks: 10, secondsPerChunk: 10);
        Hub.Host.Index.Write((c, t) => RecorderSql.AddGap(c, t, "hall", new GapEntry(start + 100 * Second, start + 220 * Second, 1, "power_cut")));
        var page = await OpenAsync("now", "10m");
        await ReadyAsync(page);
        var box = await Browser.BoxAsync(page.Locator(".gap.trouble"));
        await page.Mouse.MoveAsync(box.X + box.Width / 2, box.Y + 10);
        await Assertions.Expect(page.Locator(".tip")).ToContainTextAsync("power cut");
        await Assertions.Expect(page.Locator(".tip")).ToContainTextAsync("2 min");
        await page.Mouse.ClickAsync(box.X + box.Width / 2, box.Y + 10); // a finger comes like this: there is no hover before
        await Assertions.Expect(page.Locator(".tip.pinned [data-name=after-gap]")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("footer.player")).ToBeHiddenAsync();
        await Browser.ShotAsync(page, "gap");
        var found = await Browser.AxeAsync(page);
        Assert.True(found.Count == 0, string.Join('\n', found));
        await page.Locator("[data-name=after-gap]").ClickAsync();
        await PlayingAsync(page);
        Assert.InRange(await HeadAsync(page) - start, 219 * Second, 230 * Second);

        await page.Keyboard.PressAsync("k");
        await page.Locator(".track").FocusAsync();
        await page.Keyboard.PressAsync("Shift+G");
        await Assertions.Expect(page.Locator("#said")).ToContainTextAsync("power cut");
        await Assertions.Expect(page.Locator(".track")).ToHaveAttributeAsync("aria-valuetext", new System.Text.RegularExpressions.Regex("power cut"));
    }

    [Fact]
    public async Task A_gap_is_passed_over_or_heard_as_silence_as_one_likes_and_the_player_says_which_and_why()
    {
        var start = Now() - 500 * Second;
        await HubArchive.AddRunAsync(Hub.Host, "hall", start, chunks: 2, secondsPerChunk: 3);
        await HubArchive.AddRunAsync(Hub.Host, "hall", start + 126 * Second, chunks: 10, secondsPerChunk: 10);
        Hub.Host.Index.Write((c, t) => RecorderSql.AddGap(c, t, "hall", new GapEntry(start + 6 * Second, start + 126 * Second, 1, "device_lost")));
        var page = await OpenAsync("now", "10m");
        await ReadyAsync(page);
        await page.Locator(".track").FocusAsync();
        await SetCursorAsync(page, start + Second);
        await page.Locator(".track").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#playing-note")).ToContainTextAsync("the microphone was gone");
        await Assertions.Expect(page.Locator("#playing-note")).ToContainTextAsync("2 min");
        await Browser.UntilAsync(page, $"Number(document.getElementById('playing-when').dataset.us) > {start + 126 * Second}");

        await page.SelectOptionAsync("#gaps", "silence");
        await page.Locator(".track").FocusAsync();
        await page.Keyboard.PressAsync("k");
        await page.Keyboard.PressAsync("Home");
        await page.Keyboard.PressAsync("Shift+ArrowRight");
        await Assertions.Expect(page.Locator("#playing-note")).ToContainTextAsync("Silence");
        await PlayingAsync(page);
        Assert.InRange(await HeadAsync(page) - start, 30 * Second, 120 * Second); // time goes on in the gap
    }

    [Fact]
    public async Task Of_a_hundred_recorders_those_in_sight_are_drawn_and_asked_for_and_one_is_found_by_its_name()
    {
        TimelineScenes.Fleet(Hub.Host, recorders: 100, Now() - 12 * Hour, chunksEach: 300);
        var asked = 0;
        var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/parts"));
        page.Request += (_, request) =>
        {
            if (request.Url.Contains("/timeline?", StringComparison.Ordinal)) asked = Math.Max(asked, request.Url.Split("recorder=").Length - 1);
        };
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await page.EvaluateAsync(Questions + "; location.hash = '#/listen/now/7d'");
        await Browser.UntilAsync(page, "window.questions > 0");
        var questions = await page.EvaluateAsync<int>("window.questions");
        var drawn = watch.Elapsed;
        Assert.Equal(1, questions); // who waits for the first view waits for no second one
        await ReadyAsync(page);
        Assert.True(drawn < TimeSpan.FromSeconds(5), $"drawn after {drawn}"); // 500 ms is promised, bench/run page measures it
        Assert.InRange(await page.Locator("article").CountAsync(), 5, 30);
        Assert.InRange(asked, 5, 30);
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollHeight > 100 * 60"));

        await page.EvaluateAsync("window.scrollTo(0, document.documentElement.scrollHeight)");
        await Assertions.Expect(page.Locator("article[data-recorder=mic-100] .sound, article[data-recorder=mic-100] .wave").First).ToBeAttachedAsync();
        await Assertions.Expect(page.Locator("article[data-recorder=mic-1]")).ToHaveCountAsync(0);
        await Browser.ShotAsync(page, "hundred");
        await page.EvaluateAsync("window.scrollTo(0, 0)");
        await page.Locator("#filter").FillAsync("MIC-42");
        await Assertions.Expect(page.Locator("article")).ToHaveCountAsync(1);
        await Browser.UntilAsync(page, "location.hash.includes('MIC-42')");

        // Nor does who comes by an address, on any screen: what it shows is asked for before it is drawn.
        foreach (var (width, height) in ((int, int)[])[(1280, 800), (360, 740), (768, 1024), (1920, 1080)])
        {
            var other = await Browser.OpenAsync(new Uri(Hub.Address, "#/listen/now/7d"), width, height, ColorScheme.Light);
            await other.AddInitScriptAsync(Questions);
            await other.ReloadAsync();
            await Browser.UntilAsync(other, "window.questions > 0");
            Assert.Equal(1, await other.EvaluateAsync<int>("window.questions"));
            await other.Context.CloseAsync();
        }
    }

    /// <summary>How often the timeline has answered when the first view is drawn.</summary>
    private const string Questions = """
        new MutationObserver((_, watch) => { if (!document.querySelector('#recorders[data-state=ready] .wave.rms')) return;
          watch.disconnect(); window.questions = performance.getEntriesByType('resource').filter(e => e.name.includes('/timeline?')).length;
        }).observe(document, { subtree: true, childList: true, attributes: true })
        """;

    [Fact]
    public async Task An_address_leads_to_the_same_place_and_Back_goes_to_where_one_was()
    {
        var start = Now() - 3 * Hour;
        await HubArchive.AddRunAsync(Hub.Host, "hall", start, chunks: 6, secondsPerChunk: 10);
        await HubArchive.AddRunAsync(Hub.Host, "attic", start, chunks: 6, secondsPerChunk: 10);
        var page = await OpenAsync(Iso(start + 30 * Second), "1m", "hall", "hall");
        await ReadyAsync(page);
        await Assertions.Expect(page.Locator("article")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("#detail")).ToHaveAttributeAsync("data-state", "ready");
        await page.SelectOptionAsync("#zoom", "1h");
        await page.SelectOptionAsync("#zoom", "7d");
        var address = await page.EvaluateAsync<string>("location.hash");
        Assert.Contains("/7d/hall/hall", address);
        await page.GoBackAsync();
        await Browser.UntilAsync(page, "document.querySelector('#zoom').value === '1h'");
        await page.GoBackAsync();
        await Browser.UntilAsync(page, "document.querySelector('#zoom').value === '1m'");

        var other = await Browser.OpenAsync(new Uri(Hub.Address, address), 768, 1024);
        await Browser.UntilAsync(other, "document.querySelector('#zoom')?.value === '7d'");
        await Assertions.Expect(other.Locator("#filter")).ToHaveValueAsync("hall");
        await other.EvaluateAsync("location.hash = '#/listen/never/much/%E0%A4%A/..%2F..'"); // typed by hand
        await Assertions.Expect(other.Locator("main h1")).ToHaveTextAsync("Listen");
    }

    [Fact]
    public async Task Looked_at_closer_a_recorder_has_its_levels_and_its_waveform_from_libraries_that_live_under_the_policy()
    {
        var start = Now() - 300 * Second;
        await HubArchive.AddRunAsync(Hub.Host, "hall", start, chunks: 20, secondsPerChunk: 10);
        await TimelineScenes.OutlinedAsync(Hub.Host, 20);
        var page = await OpenAsync("now", "10m");
        await page.Locator("[data-name=open]").ClickAsync();
        await Assertions.Expect(page.Locator("#detail")).ToHaveAttributeAsync("data-state", "ready");
        await Assertions.Expect(page.Locator("#detail")).ToHaveAttributeAsync("data-known", "true");
        await Assertions.Expect(page.Locator(".uplot canvas")).ToHaveCountAsync(1);
        await Browser.UntilAsync(page, "getComputedStyle(document.querySelector('.big-wave > div > div').shadowRoot.querySelector('.scroll')).position === 'relative'"); // its style was let in
        await Browser.ShotAsync(page, "closer");
        var box = (await page.Locator(".u-over").BoundingBoxAsync())!;
        await page.EvaluateAsync("""
            () => {
              document.addEventListener('click', () => { window.clickedAt ??= performance.now(); }, { capture: true, once: true });
              const audio = document.getElementById('audio');
              const look = () => { if (window.clickedAt && !audio.paused && audio.currentTime > 0) window.heardAfterMs = performance.now() - window.clickedAt; else requestAnimationFrame(look); };
              look();
            }
            """);
        await page.Mouse.ClickAsync(box.X + box.Width * 0.6f, box.Y + box.Height / 2);
        await PlayingAsync(page);
        var heardAfter = await page.EvaluateAsync<double>("window.heardAfterMs");
        TestContext.Current.TestOutputHelper?.WriteLine($"heard {heardAfter:0} ms after the click");
        Assert.InRange(heardAfter, 0, 3_000); // bench/run page: 300
        var found = await Browser.AxeAsync(page);
        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    [Fact]
    public async Task Whatever_the_network_calls_itself_stays_text()
    {
        const string evil = "<img src=x onerror=\"window.broken=1\">";
        var start = Now() - 300 * Second;
        await HubArchive.AddRunAsync(Hub.Host, "hall", start, chunks: 6, secondsPerChunk: 10);
        Hub.Host.Index.Write((c, t) =>
        {
            Dapper.SqlMapper.Execute(c, "UPDATE recorders SET name = @evil; UPDATE chunks SET label = @evil", new { evil }, t);
            RecorderSql.AddGap(c, t, "hall", new GapEntry(start + 60 * Second, start + 120 * Second, 1, evil));
        });
        var page = await OpenAsync("now", "10m", evil, "hall");
        await ReadyAsync(page);
        await Assertions.Expect(page.Locator("article h2")).ToContainTextAsync("<img");
        await page.Locator(".track").FocusAsync();
        await page.Keyboard.PressAsync("Home");
        await page.Keyboard.PressAsync("g");
        await Assertions.Expect(page.Locator("#said")).ToContainTextAsync("<img");
        var box = await Browser.BoxAsync(page.Locator(".track .sound").First);
        await page.Mouse.MoveAsync(box.X + box.Width / 2, box.Y + 20);
        await Assertions.Expect(page.Locator(".tip")).ToContainTextAsync("odd: <img");
        Assert.Equal(0, await page.Locator("main img, footer img").CountAsync());
        Assert.Equal("undefined", await page.EvaluateAsync<string>("typeof window.broken"));
    }

    [Theory]
    [InlineData(360, 740)]
    [InlineData(1280, 800)]
    public async Task Who_has_never_seen_it_finds_yesterday_at_two_and_has_two_minutes_of_it_to_save(int width, int height)
    {
        var yesterday = TimeProvider.System.GetLocalNow().Date.AddDays(-1).AddHours(14);
        var start = WallTime.ToMicroseconds(new DateTimeOffset(yesterday, TimeProvider.System.LocalTimeZone.GetUtcOffset(yesterday))) - 60 * Second;
        foreach (var name in (string[])["attic", "hall", "yard"]) await HubArchive.AddRunAsync(Hub.Host, name, start, chunks: 24, secondsPerChunk: 10);
        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            var page = await Browser.OpenAsync(new Uri(Hub.Address, "#/listen"), width, height, scheme);
            await Assertions.Expect(page.Locator("article")).ToHaveCountAsync(3);
            await page.Locator("#day").FillAsync(yesterday.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
            await page.Locator("#day").DispatchEventAsync("change");
            await page.Locator("#time").FillAsync("14:00");
            await page.Locator("#time").DispatchEventAsync("change");
            await ReadyAsync(page);
            await Assertions.Expect(page.Locator("article[data-recorder=hall] .cursor")).ToHaveCountAsync(1);
            await Browser.ShotAsync(page, $"yesterday-{width}-{scheme}");
            foreach (var field in (string[])["#day", "#time"]) // as wide as a date with its year and a time with its half of the day are by themselves
            {
                var wide = await page.Locator(field).EvaluateAsync<float[]>("""
                    field => { const free = field.cloneNode(); free.value = field.id === 'time' ? '22:58' : '2026-12-28'; Object.assign(free.style, { position: 'absolute', width: 'auto', flex: 'none', minWidth: '0' });
                      field.parentElement.append(free); const needs = free.getBoundingClientRect().width; free.remove(); return [field.getBoundingClientRect().width, needs]; }
                    """);
                Assert.True(wide[0] >= wide[1] && wide[1] > 60, $"{field} is {wide[0]} px wide, it needs {wide[1]}");
            }

            await page.Locator("article[data-recorder=hall] [data-name=export]").ClickAsync();
            await Assertions.Expect(page.Locator("#export")).ToHaveAttributeAsync("data-covered", $"{120 * Second}");
            await Assertions.Expect(page.Locator("#export")).ToBeInViewportAsync();
            await Assertions.Expect(page.Locator(".export-job")).ToHaveAttributeAsync("data-state", "estimated"); // the name of the file is long
            await Browser.ShotAsync(page, $"yesterday-export-{width}-{scheme}");
            Assert.True(await page.EvaluateAsync<bool>($"document.documentElement.scrollWidth <= {width}"),
                await page.EvaluateAsync<string>("[...document.querySelectorAll('main *, footer *')].filter(e => e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML.slice(0, 120)).join('\\n')"));
            var found = await Browser.AxeAsync(page);
            Assert.True(found.Count == 0, string.Join('\n', found));
            await page.Context.CloseAsync();
        }
    }

    [Fact]
    public async Task Over_the_borders_of_chunks_every_sample_is_there_once_and_the_player_plays_on()
    {
        const int rate = 48_000, chunks = 8, seconds = 2;
        var start = (Now() / Second * Second) - 120 * Second;
        await HeardSound.AddRunAsync(Hub.Host, "hall", HeardSound.Tones, start, 0, 0, rate, AudioCodec.Opus, chunks, seconds);
        var page = await OpenAsync("now", "10m");
        await ReadyAsync(page);
        await SetCursorAsync(page, start);
        await page.EvaluateAsync("""
            () => { const audio = window.audio = document.getElementById('audio'); window.broke = [];
              const hear = name => audio.addEventListener(name, () => window.broke.push(`${name} at ${audio.currentTime} s`));
              audio.addEventListener('playing', () => { window.source = audio.currentSrc; ['pause', 'seeking', 'emptied', 'loadstart', 'ended', 'error'].forEach(hear); }, { once: true }); }
            """);
        await page.Locator(".track").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Browser.UntilAsync(page, $"document.getElementById('audio').currentTime > {4 * seconds + 0.5}"); // four borders
        Assert.Empty(await page.EvaluateAsync<string[]>("window.broke")); // it may wait for a busy machine, it begins nothing anew
        Assert.True(await page.EvaluateAsync<bool>("document.getElementById('audio') === window.audio && window.audio.currentSrc === window.source && !window.audio.paused"));

        // What the player was given, decoded, against the sound itself: a frame lost or doubled at a border would shift all that follows.
        var text = await page.EvaluateAsync<string>("""
            async () => { const body = await (await fetch(window.source)).arrayBuffer(); const heard = await new OfflineAudioContext(1, 48000, 48000).decodeAudioData(body);
              const bytes = new Uint8Array(heard.getChannelData(0).buffer); let text = ''; for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768)); return btoa(text); }
            """);
        var samples = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(text)).ToArray();
        Assert.Equal(chunks * seconds * rate, samples.Length);
        var usual = Enumerable.Range(0, chunks).Max(n => Error(samples, (n * seconds * rate) + (rate / 2), rate));
        TestContext.Current.TestOutputHelper?.WriteLine($"within chunks {usual:0.0000}, at borders {string.Join(' ', Enumerable.Range(1, chunks - 1).Select(n => $"{Error(samples, (n * seconds * rate) - 480, 960):0.0000}"))}");
        Assert.InRange(usual, 0, 0.1);
        for (var border = 1; border < chunks; border++) Assert.InRange(Error(samples, (border * seconds * rate) - 480, 960), 0, 0.2);
    }

    /// <summary>How far samples are from the sound, as a part of it.</summary>
    private static double Error(float[] heard, int from, int count)
    {
        double error = 0, all = 0;
        for (var i = from; i < from + count; i++)
        {
            var truth = HeardSound.Tones(i / 48_000.0);
            error += (truth - heard[i]) * (truth - heard[i]);
            all += truth * truth;
        }

        return Math.Sqrt(error / all);
    }

    [Fact]
    public async Task A_stretch_outside_of_what_is_shown_is_not_called_empty_and_can_be_heard_and_saved()
    {
        var start = (Now() / Second * Second) - 5 * Hour;
        await HubArchive.AddRunAsync(Hub.Host, "hall", start, chunks: 12, secondsPerChunk: 10);
        await HubArchive.AddRunAsync(Hub.Host, "hall", (Now() / Second * Second) - 300 * Second, chunks: 20, secondsPerChunk: 10);
        var page = await OpenAsync("now", "10m");
        await ReadyAsync(page);
        await page.Locator("article[data-recorder=hall] [data-name=export]").ClickAsync();
        await Assertions.Expect(page.Locator("#export")).ToHaveAttributeAsync("data-covered", $"{120 * Second}");

        // Until the hub has answered nothing is said of it.
        var held = new TaskCompletionSource();
        await page.RouteAsync("**/api/v2/timeline?*detail=spans", async route =>
        {
            await held.Task;
            await route.ContinueAsync();
        });
        await Browser.FillTimeAsync(page, "#export-from", start + 30 * Second);
        await Browser.FillTimeAsync(page, "#export-to", start + 90 * Second);
        await Assertions.Expect(page.Locator("#export")).ToHaveAttributeAsync("data-covered", "unknown");
        await Assertions.Expect(page.Locator("#export")).ToContainTextAsync("not known yet");
        await Assertions.Expect(page.Locator("#export")).Not.ToContainTextAsync("There is no audio");
        held.SetResult();
        await Assertions.Expect(page.Locator("#export")).ToHaveAttributeAsync("data-covered", $"{60 * Second}");
        await Assertions.Expect(page.Locator("#export-wav")).ToHaveAttributeAsync("href", new System.Text.RegularExpressions.Regex($"from={start + 30 * Second}&to={start + 90 * Second}"));
        await page.Locator("#export").GetByRole(AriaRole.Button, new() { Name = "Play" }).ClickAsync();
        await PlayingAsync(page);
        Assert.InRange(await HeadAsync(page) - start, 29 * Second, 60 * Second);

        await Browser.FillTimeAsync(page, "#export-from", start - Hour);
        await Browser.FillTimeAsync(page, "#export-to", start - 1800 * Second);
        await Assertions.Expect(page.Locator("#export")).ToHaveAttributeAsync("data-covered", "0");
        await Assertions.Expect(page.Locator("#export")).ToContainTextAsync("There is no audio");
        await Assertions.Expect(page.Locator(".export-job")).ToHaveAttributeAsync("data-state", "refused"); // it is said, and is no failure that a browser complains of
        await page.UnrouteAsync("**/api/v2/timeline?*detail=spans");
    }

    private Task<IPage> OpenAsync(params string[] place) =>
        Browser.OpenAsync(new Uri(Hub.Address, "#/listen/" + string.Join('/', place.Select(Uri.EscapeDataString))));

    private static Task ReadyAsync(IPage page) => Browser.UntilAsync(page, "document.getElementById('recorders')?.dataset.state === 'ready'");

    private static async Task PlayingAsync(IPage page)
    {
        await Browser.UntilAsync(page, "!document.getElementById('audio').paused && document.getElementById('audio').currentTime > 0.05");
        await Assertions.Expect(page.Locator("footer.player")).ToHaveAttributeAsync("data-state", "playing");
    }

    private static Task<string> ZoomAsync(IPage page) => page.Locator("#zoom").InputValueAsync();

    private static Task<long> TimeAtAsync(IPage page, double part) => page.EvaluateAsync<long>(
        $"(t => Math.round(Number(t.getAttribute('aria-valuemin')) + {part.ToString(System.Globalization.CultureInfo.InvariantCulture)} * (t.getAttribute('aria-valuemax') - t.getAttribute('aria-valuemin'))))(document.querySelector('.track'))");

    private static async Task<long> LengthAsync(IPage page) => await TimeAtAsync(page, 1) - await TimeAtAsync(page, 0);

    private static Task<long> CursorAsync(IPage page) => page.EvaluateAsync<long>("Number(document.querySelector('.track').getAttribute('aria-valuenow'))");

    private static Task<long> HeadAsync(IPage page) => page.EvaluateAsync<long>("Math.round(Number(document.getElementById('playing-when').dataset.us))");

    /// <summary>By the fields for day and time, as a person would; they go by minutes, the rest is by keys.</summary>
    private static async Task SetCursorAsync(IPage page, long us)
    {
        await page.Locator("#day").FillAsync(await page.EvaluateAsync<string>("us => { const at = new Date(us / 1000); return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}-${String(at.getDate()).padStart(2, '0')}`; }", us));
        await page.Locator("#day").DispatchEventAsync("change");
        await page.Locator("#time").EvaluateAsync("(field, text) => { field.step = 1; field.value = text; field.dispatchEvent(new Event('change', { bubbles: true })); }",
            await page.EvaluateAsync<string>("us => new Date(us / 1000).toTimeString().slice(0, 8)", us));
        await ReadyAsync(page);
    }

    private static long Now() => WallTime.ToMicroseconds(TimeProvider.System.GetUtcNow());

    private static string Iso(long us) => WallTime.FromMicroseconds(us).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
