using System.Text.RegularExpressions;

namespace Chorale.SystemTests;

/// <summary>A place in a document: its file, line and text.</summary>
public sealed record GuideLine(string File, int Line, string Text)
{
    public override string ToString() => $"{File}:{Line}: {Text}";
}

/// <summary>A fenced block of a document.</summary>
internal sealed record GuideBlock(string File, int Line, string Language, string Text);

/// <summary>The documents of the repository as the tests read them.</summary>
internal static partial class GuideText
{
    public static string Root { get; } = FindRoot();

    public static IEnumerable<string> Documents(params string[] folders)
        => folders.SelectMany(f => Directory.EnumerateFiles(Path.Combine(Root, f), "*.md")).Order(StringComparer.Ordinal);

    public static IEnumerable<GuideBlock> Blocks(string file)
    {
        var name = Path.GetRelativePath(Root, file);
        string? language = null;
        int begin = 0, number = 0;
        var lines = new List<string>();
        foreach (var line in File.ReadLines(file))
        {
            number++;
            if (!line.StartsWith("```", StringComparison.Ordinal))
            {
                lines.Add(line);
                continue;
            }

            if (language is not null) yield return new GuideBlock(name, begin, language, string.Join('\n', lines));
            (language, begin) = language is null ? (line[3..].Trim(), number + 1) : (null, 0);
            lines.Clear();
        }
    }

    /// <summary>Every line of a fenced block, and every piece of `code` in the text, that runs one of our commands; without sudo and comments.</summary>
    public static IEnumerable<GuideLine> Commands(string file)
    {
        foreach (var block in Blocks(file))
        {
            var number = block.Line;
            foreach (var line in block.Text.Split('\n'))
            {
                var text = Privilege().Replace(Comment().Replace(line, ""), "").Trim();
                if (Ours().IsMatch(text)) yield return new GuideLine(block.File, number, text);
                number++;
            }
        }

        var at = 0;
        var isFenced = false;
        foreach (var line in File.ReadLines(file))
        {
            at++;
            if (line.StartsWith("```", StringComparison.Ordinal)) isFenced = !isFenced;
            if (isFenced) continue;
            foreach (Match code in Code().Matches(line))
            {
                var text = Privilege().Replace(code.Groups[1].Value, "");
                if (Ours().IsMatch(text)) yield return new GuideLine(Path.GetRelativePath(Root, file), at, text);
            }
        }
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Chorale.slnx"))) folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("Chorale.slnx");
        return folder;
    }

    [GeneratedRegex(@"^\s*sudo( -u \w+)? ")]
    private static partial Regex Privilege();

    [GeneratedRegex(@"\s+#.*$|^#.*$")]
    private static partial Regex Comment();

    [GeneratedRegex("^chorale(-recorder)? ")]
    private static partial Regex Ours();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
