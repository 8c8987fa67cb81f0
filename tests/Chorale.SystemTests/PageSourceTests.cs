using System.Text.RegularExpressions;

namespace Chorale.SystemTests;

/// <summary>What the sources of the page may not have: ways by which a text could become markup or a program.</summary>
public sealed partial class PageSourceTests
{
    [Fact]
    public void Nothing_of_the_page_makes_markup_or_a_program_of_a_text()
    {
        var files = Directory.GetFiles(Path.Combine(GuideText.Root, "src", "web", "src"), "*.ts*", SearchOption.AllDirectories);
        Assert.True(files.Length > 80, $"only {files.Length} sources found");
        var found = files.SelectMany(f => File.ReadLines(f).Select((line, i) => (Where: $"{Path.GetRelativePath(GuideText.Root, f)}:{i + 1}: {line.Trim()}", Line: line)))
            .Where(l => Markup().IsMatch(l.Line)).Select(l => l.Where).ToList();
        Assert.Empty(found);
    }

    [Theory]
    [InlineData("box.innerHTML = name;")]
    [InlineData("<p dangerouslySetInnerHTML={{ __html: name }} />")]
    [InlineData("box.insertAdjacentHTML('beforeend', name)")]
    [InlineData("document.write(name)")]
    [InlineData("eval(name)")]
    [InlineData("new Function(name)")]
    [InlineData("setTimeout(\"name()\", 1)")]
    [InlineData("<a href={`javascript:${name}`}>")]
    public void Each_of_them_would_be_found(string line) => Assert.Matches(Markup(), line);

    [GeneratedRegex("""\b(innerHTML|outerHTML|dangerouslySetInnerHTML|insertAdjacentHTML|createContextualFragment|DOMParser|srcdoc)\b|\bdocument\.write(ln)?\b|\beval\(|\bnew Function\(|\bset(Timeout|Interval)\(\s*["'`]|javascript:""")]
    private static partial Regex Markup();
}
