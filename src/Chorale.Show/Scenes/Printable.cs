using System.Text;

namespace Chorale.Show.Scenes;

/// <summary>Foreign text for a message of ours: one line, not too long, nothing a terminal obeys.</summary>
internal static class Printable
{
    private const int CharsMax = 60;

    public static string Of(ReadOnlySpan<char> text)
    {
        var safe = new StringBuilder();
        foreach (var c in text[..Math.Min(text.Length, CharsMax)])
        {
            if (char.IsControl(c) || c is '\u2028' or '\u2029') safe.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else safe.Append(c);
        }

        return text.Length > CharsMax ? safe.Append("...").ToString() : safe.ToString();
    }
}
