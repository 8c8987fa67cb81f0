using Chorale.Hub.Book;

namespace Chorale.Tests.Hub.Book;

public sealed class FloodGateTests
{
    private readonly FloodGate _gate = new();

    [Fact]
    public void The_same_thing_a_thousand_times_in_a_second_is_one_line_and_one_count()
    {
        var taken = Enumerable.Range(0, 1_000).Count(_ => _gate.Take(Event("mic-1"), At(0.2)));
        Assert.Equal(1, taken);
        Assert.Empty(_gate.Due(At(0.9)));
        var due = Assert.Single(_gate.Due(At(1.3)));
        Assert.Equal((999, "mic-1"), (due.Count, due.Subject));
        Assert.True(_gate.Take(Event("mic-1"), At(1.4))); // a new second
    }

    [Fact]
    public void What_happens_to_five_hundred_at_once_is_twenty_lines_and_one_that_names_the_rest()
    {
        var taken = Enumerable.Range(0, 500).Count(n => _gate.Take(Event($"mic-{n}"), At(0)));
        Assert.Equal(FloodGate.SubjectsMax, taken);
        var due = Assert.Single(_gate.Due(At(1)));
        Assert.Equal(480, due.Count);
        Assert.Null(due.Subject);
        Assert.Contains("mic-20, mic-21", due.Text, StringComparison.Ordinal);
        Assert.True(due.Text.Length < 2_000);
        Assert.False(_gate.HasOpen);
    }

    [Fact]
    public void Different_things_about_one_subject_are_each_told()
    {
        Assert.True(_gate.Take(Event("mic-1") with { Text = "start: confirmed" }, At(0)));
        Assert.True(_gate.Take(Event("mic-1") with { Text = "stop: confirmed" }, At(0.1)));
        Assert.True(_gate.Take(Event("mic-1") with { Event = "other" }, At(0.1)));
        Assert.Empty(_gate.Due(At(2)));
    }

    [Fact]
    public void The_worst_of_what_was_folded_gives_its_level()
    {
        for (var n = 0; n < 30; n++) _gate.Take(Event($"mic-{n}") with { Level = n == 25 ? BookLevel.Error : BookLevel.Info }, At(0));
        Assert.Equal(BookLevel.Error, Assert.Single(_gate.Due(At(1))).Level);
    }

    private static BookEvent Event(string subject) => new(BookLevel.Warn, BookArea.Fleet, subject, "module_late", "The module is late");

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);
}
