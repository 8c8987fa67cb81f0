namespace Chorale.Audio.Files;

/// <summary>Tags in one comment field: a NAME=value line each. A comment that is not of that form is one tag called COMMENT.</summary>
internal static class CommentLines
{
    public static IReadOnlyList<AudioTag> Parse(string text)
    {
        var lines = text.TrimEnd('\0').Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var tags = new List<AudioTag>(lines.Length);
        foreach (var line in lines)
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) return [new AudioTag("COMMENT", text.TrimEnd('\0'))];
            tags.Add(new AudioTag(line[..equals], line[(equals + 1)..]));
        }

        return tags;
    }
}
