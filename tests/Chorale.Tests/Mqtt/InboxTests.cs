using Chorale.Mqtt;

namespace Chorale.Tests.Mqtt;

public sealed class InboxTests
{
    private readonly Counts _counts = new();
    private readonly Inbox _inbox;

    public InboxTests() => _inbox = new Inbox(_counts);

    [Fact]
    public void Messages_come_out_in_the_order_they_came_in_across_topics()
    {
        string[] topics = ["a", "b", "a", "c", "b", "a"];
        for (var i = 0; i < topics.Length; i++) _inbox.Add(Message(topics[i], i));

        Assert.Equal(topics.Select((t, i) => (t, i)), Take(topics.Length));
    }

    [Fact]
    public void A_topic_keeps_its_share_and_its_newest_message()
    {
        for (var i = 0; i < 1_000; i++) _inbox.Add(Message("loud", i));
        _inbox.Add(Message("quiet", 7));

        var taken = Take(257);
        Assert.Equal(Enumerable.Range(0, 255).Append(999), taken.Take(256).Select(m => m.Number));
        Assert.Equal(("quiet", 7), taken[256]);
        Assert.Equal(1_000 - 256, _counts.Dropped);
        Assert.Equal((1_000L - 256, "loud"), _inbox.TakeDropped());
        Assert.Equal(0, _inbox.TakeDropped().Count);
        _inbox.Add(Message("loud", 5));
        Assert.Equal(("loud", 5), Take(1)[0]); // its share is free again
    }

    [Fact]
    public void All_topics_together_keep_within_the_bytes_also_when_messages_grow()
    {
        for (var i = 0; i < 100; i++) _inbox.Add(new MqttMessage($"t{i}", new byte[500_000]));
        for (var i = 0; i < 100; i++) _inbox.Add(new MqttMessage($"t{i}", new byte[1_000_000]));
        _inbox.Add(Message("small", 1)); // there may be room for a small one still, and there may not

        long bytes = 0;
        var count = 0;
        _inbox.Add(Message("last", 2));
        while (count < 67 && _inbox.TryTake(out var message)) (bytes, count) = (bytes + message.Payload.Length, count + 1);
        Assert.InRange(bytes, 20_000_000, Limits.InboxBytes);
        Assert.True(_counts.Dropped >= 100);
    }

    [Fact]
    public async Task Who_waits_for_a_message_is_let_go_at_the_end()
    {
        var waiting = Task.Run(() => _inbox.TryTake(out _), TestContext.Current.CancellationToken);
        _inbox.Close();
        Assert.False(await waiting.WaitAsync(Wait.Patience, TestContext.Current.CancellationToken));
        _inbox.Add(Message("a", 1));
        Assert.False(_inbox.TryTake(out _));
    }

    private static MqttMessage Message(string topic, int number) => new(topic, BitConverter.GetBytes(number));

    private List<(string Topic, int Number)> Take(int count)
    {
        var taken = new List<(string, int)>();
        while (taken.Count < count && _inbox.TryTake(out var message)) taken.Add((message.Topic, BitConverter.ToInt32(message.Payload.Span)));
        return taken;
    }
}
