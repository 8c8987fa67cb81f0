using System.Text;

namespace Chorale.Hub.Api;

/// <summary>
/// JSON as some Python programs write it: <c>True</c>, <c>False</c>, <c>None</c>, and strings in single quotes. Text inside strings is left
/// alone; JSON proper passes unchanged.
/// </summary>
internal static class PythonText
{
    private static readonly (string Python, string Json)[] Words = [("True", "true"), ("False", "false"), ("None", "null")];

    public static string ToJson(string text)
    {
        var json = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            if (text[i] is '"' or '\'') i = CopyString(text, i, json);
            else if (Array.Find(Words, w => string.CompareOrdinal(text, i, w.Python, 0, w.Python.Length) == 0) is { Json: { } word } found)
            {
                json.Append(word);
                i += found.Python.Length;
            }
            else json.Append(text[i++]);
        }

        return json.ToString();
    }

    /// <returns>Position after the closing quote, or the end of a text that has none.</returns>
    private static int CopyString(string text, int start, StringBuilder json)
    {
        var quote = text[start];
        json.Append('"');
        for (var i = start + 1; i < text.Length; i++)
        {
            if (text[i] == quote)
            {
                json.Append('"');
                return i + 1;
            }

            if (text[i] == '\\' && i + 1 < text.Length)
            {
                if (text[i + 1] == '\'') json.Append('\'');
                else json.Append('\\').Append(text[i + 1]);
                i++;
            }
            else if (text[i] == '"') json.Append("\\\"");
            else json.Append(text[i]);
        }

        return text.Length;
    }
}
