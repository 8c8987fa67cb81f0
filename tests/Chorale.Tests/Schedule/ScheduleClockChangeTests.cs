using Chorale.Recorder.Recording;
using FsCheck;
using FsCheck.Fluent;

namespace Chorale.Tests.Schedule;

/// <summary>The schedule against a slow one that looks at the wall clock minute by minute, over the days on which clocks change.</summary>
public sealed class ScheduleClockChangeTests
{
    // Lord Howe changes by half an hour only; its year is the other way round.
    public static TheoryData<string, string> ClockChanges => new()
    {
        { "Europe/Berlin", "2026-03-29" }, { "Europe/Berlin", "2026-10-25" },
        { "America/New_York", "2026-03-08" }, { "America/New_York", "2026-11-01" },
        { "Australia/Lord_Howe", "2026-04-05" }, { "Australia/Lord_Howe", "2026-10-04" },
    };

    [Theory]
    [MemberData(nameof(ClockChanges))]
    public void Every_minute_and_every_next_change_around_a_clock_change_is_right(string zoneId, string day)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(zoneId);
        var from = new DateTimeOffset(DateTime.Parse(day), TimeSpan.Zero).AddDays(-1.5);
        var minutes = Enumerable.Range(0, 3 * 1440).Select(m => from.AddMinutes(m)).ToArray();
        Assert.True(minutes.Select(m => zone.GetUtcOffset(m)).Distinct().Count() == 2, "the clock changes in this period");

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(Windows().ToArbitrary(), windows =>
        {
            var schedule = new RecordingSchedule(windows, zone);
            var expected = minutes.Select(m => IsOpenByTheWallClock(windows, TimeZoneInfo.ConvertTime(m, zone).DateTime)).ToArray();
            for (var i = 0; i < minutes.Length; i++) Assert.Equal(expected[i], schedule.IsOpen(minutes[i]));
            for (var i = 0; i < minutes.Length; i += 37)
            {
                var change = Array.FindIndex(expected, i, open => open != expected[i]);
                var next = schedule.NextChange(minutes[i].AddSeconds(29));
                if (change >= 0) Assert.Equal(minutes[change], next);
                else Assert.True(next is null || next > minutes[^1]);
            }
        }));
    }

    [Fact]
    public void What_the_schedule_announces_is_what_it_then_does()
    {
        var zones = ClockChanges.Select(c => TimeZoneInfo.FindSystemTimeZoneById(c.Data.Item1)).Append(TimeZoneInfo.Utc).Distinct().ToArray();
        var cases = from windows in Windows()
                    from zone in Gen.Elements(zones)
                    from second in Gen.Choose(0, 365 * 86_400)
                    select (Schedule: new RecordingSchedule(windows, zone), At: new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(second));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var now = c.Schedule.IsOpen(c.At);
            if (c.Schedule.NextChange(c.At) is not { } next)
            {
                Assert.Equal(c.Schedule.IsAlways, now);
                return;
            }

            Assert.True(next > c.At);
            Assert.Equal(!now, c.Schedule.IsOpen(next));
            Assert.Equal(now, c.Schedule.IsOpen(next.AddTicks(-1)));
        }));
    }

    [Theory]
    [InlineData("25:00-26:00", "25:00-26:00 is not HH:MM-HH:MM")]
    [InlineData("08:00", "08:00 is not HH:MM-HH:MM")]
    [InlineData("8-22", "8-22 is not HH:MM-HH:MM")]
    [InlineData("08:00-08:00", "08:00-08:00 has no length; all day is 00:00-24:00 or always")]
    [InlineData("24:00-08:00", "24:00-08:00 starts at 24:00; write 00:00 of the next day")]
    [InlineData("mon-fry 08:00-18:00", "mon-fry is not a day or a range of days (mon tue wed thu fri sat sun)")]
    [InlineData("mon 08:00-12:00, tue 08:00-12:00", "write ; between the windows before tue and those after it")]
    [InlineData("mon-fri", "mon-fri has no times")]
    [InlineData("", "no window given")]
    public void A_window_that_makes_no_sense_is_refused_with_the_reason(string text, string reason)
    {
        Assert.False(ScheduleWindow.TryParseAll(text, out _, out var detail));
        Assert.Equal(reason, detail);
    }

    [Fact]
    public void A_window_can_be_read_back_from_what_is_printed()
    {
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(Windows().ToArbitrary(), windows =>
        {
            Assert.True(ScheduleWindow.TryParseAll(string.Join("; ", windows), out var again, out var detail), detail);
            Assert.Equal(windows, again);
        }));
    }

    private static Gen<ScheduleWindow[]> Windows()
    {
        // Edges near the hours that are skipped and repeated, and anywhere.
        var minute = Gen.OneOf(Gen.Choose(0, 1439), Gen.Choose(60, 200), Gen.Elements(0, 90, 120, 150, 180));
        var window = from days in Gen.OneOf(Gen.Constant((int)ScheduleWindow.EveryDay), Gen.Choose(1, 127))
                     from start in minute
                     from end in Gen.OneOf(minute.Select(m => m == 0 ? 1440 : m), Gen.Constant(1440))
                     where start != end
                     select new ScheduleWindow((byte)days, start, end);
        return window.NonEmptyListOf().Select(l => l.Take(3).ToArray());
    }

    private static bool IsOpenByTheWallClock(ScheduleWindow[] windows, DateTime local) => windows.Any(w =>
    {
        bool OnDay(DateTime day) => (w.Days >> (int)day.DayOfWeek & 1) == 1;
        var minute = local.TimeOfDay.TotalMinutes;
        if (w.StartMinute < w.EndMinute) return OnDay(local) && minute >= w.StartMinute && minute < w.EndMinute;
        return OnDay(local) && minute >= w.StartMinute || OnDay(local.AddDays(-1)) && minute < w.EndMinute;
    });
}
