using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using Chorale.Tests.Architecture;

namespace Chorale.Tests.Words;

/// <summary>The tables of <c>ru.ts</c> that give the hub's own English words in Russian, read as the page reads them (<c>i18n/say.ts</c>).</summary>
internal static partial class RussianWords
{
    /// <summary>Stands for any value where a sentence was read in the sources.</summary>
    public const string Anything = "x";

    private static readonly ConcurrentDictionary<string, Regex> Patterns = new();

    public static IReadOnlyDictionary<string, string> Table(string name)
    {
        var text = File.ReadAllText(Path.Combine(RepositoryRoot.Src, "web", "src", "i18n", "ru.ts"));
        var from = text.IndexOf($"\n  {name}: {{", StringComparison.Ordinal);
        var lines = text[from..text.IndexOf("\n  },", from, StringComparison.Ordinal)].Split('\n').Where(l => l.StartsWith("    ", StringComparison.Ordinal) && !l.TrimStart().StartsWith("//", StringComparison.Ordinal));
        return lines.Select(l => Entry().Match(l)).ToDictionary(
            m => m.Success ? m.Groups[1].Success ? Plain(m.Groups[1].Value) : m.Groups[2].Value : throw new InvalidDataException($"a line of {name} is no entry of one line"), m => Plain(m.Groups[3].Value));
    }

    /// <summary>The entry that says it, the one with most words of its own first; null = it would be shown in English. A {problem} must be known itself.</summary>
    public static string? Find(IEnumerable<string> worded, string text)
    {
        var all = worded as IReadOnlyList<string> ?? [.. worded.OrderByDescending(w => Place().Replace(w, "").Length)];
        return all.FirstOrDefault(w => Pattern(w).Match(text) is { Success: true } found && (found.Groups["problem"].Value is "" or Anything || Find(all, found.Groups["problem"].Value) is not null));
    }

    public static IEnumerable<string> Places(string worded) => Place().Matches(worded).Select(m => m.Groups[1].Value);

    private static Regex Pattern(string worded) => Patterns.GetOrAdd(worded, MakePattern);

    private static Regex MakePattern(string worded)
    {
        var pattern = string.Concat(Place().Split(worded).Select((part, i) => i % 2 == 0 ? Regex.Escape(part) : $"(?<{part}>{(part == "field" ? @"[\w-]+" : ".*?")})"));
        return new Regex($"^{pattern}$", RegexOptions.Singleline);
    }

    private static string Plain(string quoted) => JsonSerializer.Deserialize<string>($"\"{quoted}\"")!;

    [GeneratedRegex("""^\s*(?:"((?:[^"\\]|\\.)*)"|([\w]+)): "((?:[^"\\]|\\.)*)",\s*$""")]
    private static partial Regex Entry();

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Place();
}
