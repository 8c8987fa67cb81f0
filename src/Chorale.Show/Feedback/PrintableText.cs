using System.Text;

namespace Chorale.Show.Feedback;

/// <summary>Text of foreign origin for lines and pages: bounded, without control characters.</summary>
internal static class PrintableText
{
    public const int LengthMax = 80;

    public static string Of(ReadOnlySpan<byte> utf8)
    {
        // Four bytes a character at most; what is cut in two there falls behind the limit anyway.
        var text = Encoding.UTF8.GetString(utf8.Length > LengthMax * 4 + 4 ? utf8[..(LengthMax * 4 + 4)] : utf8);
        return Of(text, utf8.Length);
    }

    public static string Of(string text) => Of(text, text.Length);

    private static string Of(string text, int bytes)
    {
        if (text.Length <= LengthMax && !text.AsSpan().ContainsAnyInRange('\0', '\x1f') && !NeedsEscape(text)) return text;
        var line = new StringBuilder();
        for (var i = 0; i < text.Length && line.Length < LengthMax; i++)
        {
            var c = text[i];
            if (c == '\n') line.Append("\\n");
            else if (c == '\r') line.Append("\\r");
            else if (c == '\t') line.Append("\\t");
            else if (Escapes(c) || IsLoneSurrogate(text, i)) line.Append("\\u").Append(((int)c).ToString("x4", System.Globalization.CultureInfo.InvariantCulture));
            else line.Append(c);
        }

        if (line.Length <= LengthMax && text.Length <= LengthMax) return line.ToString();
        if (line.Length > LengthMax) line.Length = LengthMax;
        if (char.IsHighSurrogate(line[^1])) line.Length--;
        return line.Append("... (").Append(bytes.ToString(System.Globalization.CultureInfo.InvariantCulture)).Append(" long)").ToString();
    }

    private static bool NeedsEscape(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (Escapes(text[i]) || IsLoneSurrogate(text, i)) return true;
        }

        return false;
    }

    /// <summary>C0, C1, and the characters that turn or break a line on a terminal or a page.</summary>
    private static bool Escapes(char c) => char.IsControl(c) || c is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');

    private static bool IsLoneSurrogate(string text, int i) =>
        (char.IsHighSurrogate(text[i]) && (i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1])))
        || (char.IsLowSurrogate(text[i]) && (i == 0 || !char.IsHighSurrogate(text[i - 1])));
}
