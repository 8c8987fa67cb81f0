using Chorale.Recorder.Recording;

namespace Chorale.Tests.Schedule;

public sealed class RecordingScheduleTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("08:00-22:00", "2026-01-05T06:59", false)] // 07:59 in Berlin
    [InlineData("08:00-22:00", "2026-01-05T07:00", true)]
    [InlineData("08:00-22:00", "2026-01-05T20:59", true)]
    [InlineData("08:00-22:00", "2026-01-05T21:00", false)] // the end is outside
    [InlineData("22:00-06:00", "2026-01-05T22:30", true)]
    [InlineData("22:00-06:00", "2026-01-06T04:59", true)]
    [InlineData("22:00-06:00", "2026-01-06T05:00", false)]
    [InlineData("fri 22:00-02:00", "2026-01-10T00:30", true)] // Saturday 01:30 belongs to Friday's window
    [InlineData("fri 22:00-02:00", "2026-01-10T22:30", false)]
    [InlineData("mon-fri 08:00-12:00, 13:00-18:00; sat,sun 10:00-11:00", "2026-01-05T11:30", false)] // Monday 12:30
    [InlineData("mon-fri 08:00-12:00, 13:00-18:00; sat,sun 10:00-11:00", "2026-01-05T12:30", true)]
    [InlineData("mon-fri 08:00-12:00, 13:00-18:00; sat,sun 10:00-11:00", "2026-01-10T09:30", true)] // Saturday 10:30
    [InlineData("sat-mon 10:00-11:00", "2026-01-06T09:30", false)] // Tuesday
    [InlineData("sat-mon 10:00-11:00", "2026-01-05T09:30", true)]
    [InlineData("16:00-24:00", "2026-01-05T22:59", true)]
    [InlineData("16:00-00:00", "2026-01-05T22:59", true)]
    [InlineData("16:00-24:00", "2026-01-05T23:00", false)]
    [InlineData("always", "2026-01-05T23:00", true)]
    public void Is_open_when_the_clock_on_the_wall_says_so(string windows, string utc, bool expected)
        => Assert.Equal(expected, Make(windows).IsOpen(DateTimeOffset.Parse(utc + "Z")));

    [Theory]
    [InlineData("08:00-22:00", 14.0, 14.0)]
    [InlineData("00:00-24:00", 23.0, 25.0)]
    [InlineData("always", 23.0, 25.0)]
    [InlineData("00:00-12:00", 11.0, 13.0)]
    [InlineData("02:15-02:45", 0.0, 1.0)] // skipped whole in spring; open in both passes in autumn
    [InlineData("02:30-04:00", 1.0, 2.0)] // opens at 03:00 in spring; 02:30-03:00 twice in autumn
    public void The_days_of_23_and_of_25_hours_are_right(string windows, double springHours, double autumnHours)
    {
        Assert.Equal(springHours, OpenHours(Make(windows), new DateTime(2026, 3, 29)));
        Assert.Equal(autumnHours, OpenHours(Make(windows), new DateTime(2026, 10, 25)));
    }

    [Fact]
    public void All_day_never_closes_also_when_the_clocks_change()
    {
        var schedule = Make("00:00-24:00");
        Assert.True(schedule.IsAlways);
        Assert.Null(schedule.NextChange(DateTimeOffset.Parse("2026-03-28T12:00Z")));
        var halves = Make("00:00-12:00, 12:00-24:00");
        Assert.True(halves.IsAlways);
    }

    [Fact]
    public void The_next_change_after_friday_evening_is_monday_morning()
    {
        var schedule = Make("mon-fri 08:00-18:00");
        Assert.Equal(DateTimeOffset.Parse("2026-03-30T06:00Z"), schedule.NextChange(DateTimeOffset.Parse("2026-03-27T17:00Z"))); // summer time began in between
    }

    [Fact]
    public void A_weekly_window_that_fell_into_the_skipped_hour_comes_a_week_later()
        => Assert.Equal(DateTimeOffset.Parse("2026-04-05T00:10Z"), Make("sun 02:10-02:40").NextChange(DateTimeOffset.Parse("2026-03-23T12:00Z")));

    private static RecordingSchedule Make(string windows)
    {
        Assert.True(ScheduleWindow.TryParseAll(windows, out var list, out var detail), detail);
        return new RecordingSchedule(list, Berlin);
    }

    private static double OpenHours(RecordingSchedule schedule, DateTime day)
    {
        var from = new DateTimeOffset(TimeZoneInfo.ConvertTimeToUtc(day, Berlin));
        var to = new DateTimeOffset(TimeZoneInfo.ConvertTimeToUtc(day.AddDays(1), Berlin));
        var minutes = 0;
        for (var t = from; t < to; t = t.AddMinutes(1)) minutes += schedule.IsOpen(t) ? 1 : 0;
        return minutes / 60.0;
    }
}
