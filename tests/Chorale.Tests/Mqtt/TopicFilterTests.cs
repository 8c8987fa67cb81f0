using Chorale.Mqtt;

namespace Chorale.Tests.Mqtt;

public sealed class TopicFilterTests
{
    /// <summary>MQTT 5 §4.7, its own examples and the corners beside them.</summary>
    [Theory]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1/ranking", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player10", false)]
    [InlineData("sport/#", "sport", true)]
    [InlineData("#", "a/b/c", true)]
    [InlineData("sport/tennis/+", "sport/tennis/player1", true)]
    [InlineData("sport/tennis/+", "sport/tennis/player1/ranking", false)]
    [InlineData("sport/+", "sport", false)]
    [InlineData("sport/+", "sport/", true)]
    [InlineData("+/+", "/finance", true)]
    [InlineData("/+", "/finance", true)]
    [InlineData("+", "/finance", false)]
    [InlineData("#", "$SYS/uptime", false)]
    [InlineData("+/uptime", "$SYS/uptime", false)]
    [InlineData("$SYS/#", "$SYS/uptime", true)]
    [InlineData("a/b", "a/b", true)]
    [InlineData("a/b", "a/B", false)]
    [InlineData("a/b", "a/b/", false)]
    [InlineData("a/+/c", "a//c", true)]
    [InlineData("base/+/status", "base/mic1/status", true)]
    [InlineData("base/+/clock", "base/mic1/clock/reply", false)]
    [InlineData("a//", "a//", true)]
    public void A_filter_matches_what_the_standard_says(string filter, string topic, bool expected) => Assert.Equal(expected, TopicFilter.Matches(filter, topic));

    [Theory]
    [InlineData("a/b#")]
    [InlineData("a/#/b")]
    [InlineData("a+/b")]
    [InlineData("")]
    [InlineData("a\0")]
    public void A_filter_that_is_none_is_named(string filter) => Assert.NotNull(TopicFilter.ProblemOfFilter(filter));

    [Theory]
    [InlineData("#")]
    [InlineData("+/+")]
    [InlineData("/")]
    [InlineData("a/+/b/#")]
    public void A_filter_that_is_one_is_taken(string filter) => Assert.Null(TopicFilter.ProblemOfFilter(filter));

    [Fact]
    public void A_topic_has_room_for_65535_bytes_and_not_one_more()
    {
        Assert.Null(TopicFilter.ProblemOfTopic(new string('a', 65_535)));
        Assert.NotNull(TopicFilter.ProblemOfTopic(new string('a', 65_536)));
        Assert.NotNull(TopicFilter.ProblemOfTopic(new string('€', 21_846)));
    }

    [Fact]
    public void Half_a_character_is_no_topic()
    {
        Assert.NotNull(TopicFilter.ProblemOfTopic("a/\ud800"));
        Assert.NotNull(TopicFilter.ProblemOfFilter("a/\udc00/#"));
    }
}
