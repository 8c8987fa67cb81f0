using System.Text;

namespace Chorale.Show.Scenes;

/// <summary>Foreign text for a message of ours: one line, not too long, nothing a terminal obeys.</summary>
internal static class Printable
{
    private const int CharsMax = 60;

    /// <summary>Short enough to stand within a sentence.</summary>
    public static string Of(ReadOnlySpan<char> text) => Of(text, CharsMax);

    /// <summary>A sentence of somebody else.</summary>
    public static string Line(ReadOnlySpan<char> text) => Of(text, 300);

    private static string Of(ReadOnlySpan<char> text, int charsMax)
    {
        var safe = new StringBuilder();
        foreach (var c in text[..Math.Min(text.Length, charsMax)])
        {
            if (char.IsControl(c) || c is '\u2028' or '\u2029') safe.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else safe.Append(c);
        }

        return text.Length > charsMax ? safe.Append("...").ToString() : safe.ToString();
    }
}
