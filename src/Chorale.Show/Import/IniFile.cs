namespace Chorale.Show.Import;

/// <param name="Line">From 1.</param>
internal readonly record struct IniValue(string Section, string Key, string Value, int Line);

/// <summary>
/// A <c>config.ini</c> as Python's configparser reads it: sections, <c>key = value</c> or <c>key: value</c>, keys without case, remarks on lines
/// of their own, indented lines go on with the value before.
/// </summary>
internal static class IniFile
{
    private const int LinesMax = 10_000;

    public static IReadOnlyList<IniValue> Read(TextReader text, ICollection<string> problems)
    {
        var values = new List<IniValue>();
        var section = "";
        for (var number = 1; number <= LinesMax && text.ReadLine() is { } raw; number++)
        {
            var line = raw.Trim();
            if (line.Length == 0 || line[0] is '#' or ';') continue;
            if (line[0] == '[' && line.IndexOf(']', StringComparison.Ordinal) is > 0 and var end)
            {
                section = line[1..end].Trim();
                continue;
            }

            if (char.IsWhiteSpace(raw[0]) && values.Count > 0)
            {
                values[^1] = values[^1] with { Value = $"{values[^1].Value} {line}".Trim() };
                continue;
            }

            var sign = line.IndexOfAny(['=', ':']);
            if (sign <= 0) problems.Add($"line {number}: \"{Feedback.PrintableText.Of(line)}\" is neither [section] nor key = value");
            else values.Add(new IniValue(section, line[..sign].Trim().ToLowerInvariant(), line[(sign + 1)..].Trim(), number));
        }

        return values;
    }
}
