using System.Globalization;
using Chorale.Show.Interop;
using Chorale.Show.Players.Buttons;
using Chorale.TestKit;

namespace Chorale.Tests.Players;

public sealed class ButtonTests
{
    [Fact]
    public void A_press_counts_once_however_the_contact_bounces()
        => Assert.Equal([107], Presses("101d 102u 103d 104u 105d 106u 107d 900u 902d 904u"));

    [Fact]
    public void A_spark_is_no_press() => Assert.Empty(Presses("100d 105u 300d 319u"));

    [Fact]
    public void Two_presses_within_the_cooldown_are_one_and_the_next_after_it_counts()
        => Assert.Equal([100, 4_200], Presses("100d 200u 1000d 1100u 4000d 4110u 4200d"));

    [Fact]
    public void A_button_held_for_hours_is_one_press() => Assert.Equal([100], Presses("100d 9000000u"));

    [Fact]
    public void A_button_that_is_stuck_at_the_start_is_not_pressed_until_it_was_released()
        => Assert.Equal([500], Presses("0d 400u 500d"));

    [Fact]
    public void Without_a_cooldown_the_debounce_counts()
        => Assert.Equal([100, 450], Presses("100d 150u 250d 300u 450d", cooldownMs: 0));

    [Theory]
    [InlineData("27", "scene", "START")]
    [InlineData("22,button1", "button1", "PRESSED")]
    [InlineData("22, doors/left , OPEN", "doors/left", "OPEN")]
    public void Buttons_are_named_by_line_topic_and_message(string text, string topic, string message)
    {
        Assert.True(ButtonOrder.TryParse(text, out var button));
        Assert.Equal((topic, message), (button.Topic, button.Message));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("512")]
    [InlineData("27,")]
    [InlineData("27,a/#")]
    [InlineData("27,/a")]
    [InlineData("27,a,b,c")]
    public void Other_buttons_are_refused(string text) => Assert.False(ButtonOrder.TryParse(text, out _));

    [Fact]
    public void A_key_that_is_held_down_is_one_press()
    {
        var time = new ManualTime();
        var button = new KeyboardButton(GpioButtons.DefaultDebounce, time);
        Assert.True(button.See(ConsoleKey.Spacebar));
        for (var i = 0; i < 20; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(30));
            Assert.False(button.See(ConsoleKey.Spacebar));
        }

        Assert.False(button.See(ConsoleKey.A));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(button.See(ConsoleKey.Enter));
    }

    [Fact]
    public async Task Where_there_is_no_chip_it_is_said_once_and_the_threads_end()
    {
        if (Directory.EnumerateFiles("/dev", "gpiochip*").Any()) return;
        Assert.Null(GpioLine.Open(27, out var problem));
        Assert.Equal("no GPIO chip here (/dev/gpiochip*)", problem);
        var log = new TestLog();
        var buttons = new GpioButtons([ButtonOrder.Start("a", 27)], GpioButtons.DefaultDebounce, GpioButtons.DefaultCooldown, _ => { }, TimeProvider.System, log);
        await Wait.Until("it is said", () => log.Has("buttons_problem"));
        buttons.Dispose();
        Assert.Single(log.Lines);
    }

    /// <param name="story">Milliseconds and what the contact does then: d down, u up.</param>
    /// <returns>When the presses that counted began, in ms: 20 ms before they were seen.</returns>
    private static List<int> Presses(string story, int cooldownMs = 4_000)
    {
        var policy = new ButtonPolicy(GpioButtons.DefaultDebounce, TimeSpan.FromMilliseconds(cooldownMs));
        List<int> presses = [];
        var isDown = story.StartsWith("0d", StringComparison.Ordinal);
        See(TimeSpan.Zero, false);
        foreach (var word in story.Split(' ').Where(w => char.IsLetter(w[^1])))
        {
            var at = TimeSpan.FromMilliseconds(int.Parse(word[..^1], CultureInfo.InvariantCulture));
            Quiet(at);
            isDown = word[^1] == 'd';
            See(at, true);
        }

        Quiet(TimeSpan.FromHours(10));
        return presses;

        void Quiet(TimeSpan until)
        {
            while (policy.NextLook is { } look && look < until) See(look, false);
        }

        void See(TimeSpan at, bool isMoved)
        {
            if (policy.See(at, isDown, isMoved)) presses.Add((int)(at - ButtonPolicy.Steady).TotalMilliseconds);
        }
    }
}
