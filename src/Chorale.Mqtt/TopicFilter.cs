namespace Chorale.Mqtt;

/// <summary>Topic names and filters, MQTT 5 §4.7.</summary>
public static class TopicFilter
{
    /// <summary>Null when <paramref name="topic"/> can be published to, else why not.</summary>
    public static string? ProblemOfTopic(string topic)
    {
        if (topic.Length == 0) return "a topic must not be empty";
        if (topic.AsSpan().ContainsAny('+', '#')) return $"topic \"{topic}\": + and # belong to filters only";
        return ProblemOfText(topic);
    }

    /// <summary>Null when <paramref name="filter"/> can be subscribed to, else why not.</summary>
    public static string? ProblemOfFilter(string filter)
    {
        if (filter.Length == 0) return "a topic filter must not be empty";
        var levels = filter.Split('/');
        for (var i = 0; i < levels.Length; i++)
        {
            if (levels[i].Contains('#') && (levels[i] != "#" || i != levels.Length - 1)) return $"topic filter \"{filter}\": # must be the whole last level";
            if (levels[i].Contains('+') && levels[i] != "+") return $"topic filter \"{filter}\": + must be a whole level";
        }

        return ProblemOfText(filter);
    }

    /// <summary>Whether a message on <paramref name="topic"/> is for a subscription to <paramref name="filter"/>.</summary>
    public static bool Matches(ReadOnlySpan<char> filter, ReadOnlySpan<char> topic)
    {
        // §4.7.2: a wildcard in the first level does not match $SYS and its like.
        if (topic is ['$', ..] && filter is ['+' or '#', ..]) return false;
        while (true)
        {
            if (filter is "#") return true;
            var filterEnd = filter.IndexOf('/');
            var topicEnd = topic.IndexOf('/');
            var level = filterEnd < 0 ? filter : filter[..filterEnd];
            if (level is not "+" && !level.SequenceEqual(topicEnd < 0 ? topic : topic[..topicEnd])) return false;
            if (filterEnd < 0) return topicEnd < 0;
            filter = filter[(filterEnd + 1)..];
            if (topicEnd < 0) return filter is "#"; // "a/#" matches "a" as well
            topic = topic[(topicEnd + 1)..];
        }
    }

    private static string? ProblemOfText(string text)
    {
        if (text.Contains('\0')) return "a topic must not contain a null character";
        try
        {
            return Strict.GetByteCount(text) > ushort.MaxValue ? "a topic must not be longer than 65,535 bytes" : null;
        }
        catch (System.Text.EncoderFallbackException)
        {
            return "a topic must be valid Unicode";
        }
    }

    private static readonly System.Text.UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}
