using Chorale.Show.Players.Mpv;

namespace Chorale.Tests.Players;

public sealed class DeckPlanTests
{
    private static readonly DeckContent Empty = new(true, null, false, false, false, 0);
    private static readonly DeckContent Starting = new(false, null, false, false, false, 0);

    [Fact]
    public void The_deck_that_holds_the_sound_ready_plays_it()
        => Assert.Equal(2, DeckPlan.Choose([Empty, Ready("b"), Ready("a"), Opening("a")], "a", ["a", "b"]));

    [Fact]
    public void An_empty_deck_is_taken_before_one_that_holds_something_wanted()
        => Assert.Equal(1, DeckPlan.Choose([Ready("b"), Empty, Starting], "a", ["b"]));

    [Fact]
    public void What_is_wanted_least_gives_its_deck_away()
        => Assert.Equal(1, DeckPlan.Choose([Ready("b"), Ready("c"), Music(1), Starting], "a", ["b", "c"]));

    [Fact]
    public void A_deck_that_starts_is_better_than_none() => Assert.Equal(1, DeckPlan.Choose([Music(1), Starting], "a", []));

    [Fact]
    public void When_all_play_music_takes_the_place_of_music_and_an_effect_that_of_the_oldest_effect()
    {
        DeckContent[] decks = [Effect(4), Music(1), Effect(3)];
        Assert.Equal(-1, DeckPlan.Choose(decks, "a", []));
        Assert.Equal(1, DeckPlan.GiveWay(decks, isMusic: true));
        Assert.Equal(2, DeckPlan.GiveWay(decks, isMusic: false));
        Assert.Equal(-1, DeckPlan.GiveWay([Music(1)], isMusic: false));
    }

    [Fact]
    public void The_likeliest_are_opened_in_the_decks_that_are_free_and_what_lies_ready_stays()
    {
        Assert.Equal([(0, "a"), (3, "c")], DeckPlan.Prepare([Empty, Ready("b"), Music(1), Ready("old")], ["a", "b", "c", "d"]));
        Assert.Empty(DeckPlan.Prepare([Ready("b"), Ready("a")], ["a", "b", "c"]));
        Assert.Equal([(1, "b")], DeckPlan.Prepare([Ready("a"), Ready("a")], ["a", "b"]));
        Assert.Empty(DeckPlan.Prepare([Music(1), Starting], ["a"]));
        Assert.Empty(DeckPlan.Prepare([Empty, Ready("old")], []));
    }

    private static DeckContent Ready(string path) => new(true, path, true, false, false, 0);

    private static DeckContent Opening(string path) => new(true, path, false, false, false, 0);

    private static DeckContent Music(long order) => new(true, "music", true, true, true, order);

    private static DeckContent Effect(long order) => new(true, "effect", true, true, false, order);
}
