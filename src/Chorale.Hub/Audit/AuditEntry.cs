namespace Chorale.Hub.Audit;

/// <summary>One thing that somebody did, or tried to.</summary>
/// <param name="Id">Rises; 0 before it is written.</param>
/// <param name="Outcome">accepted, refused or failed.</param>
/// <param name="Status">Of the HTTP answer; 0 for what was done on the machine.</param>
public sealed record AuditEntry(long Id, long TsUs, string Who, string? Role, string Address, string Action, string Target, string Detail, string Outcome, int Status)
{
    public const int TextCharsMax = 500;

    /// <summary>Bounded and printable: what comes from outside is kept as text that can stand in any table.</summary>
    public static string Printable(string? text, int charsMax = TextCharsMax)
    {
        if (string.IsNullOrEmpty(text)) return "";
        var cut = text.Length <= charsMax ? text : text[..charsMax] + "…";
        return string.Create(cut.Length, cut, static (to, from) =>
        {
            for (var i = 0; i < from.Length; i++)
            {
                var isPair = (char.IsHighSurrogate(from[i]) && i + 1 < from.Length && char.IsLowSurrogate(from[i + 1])) || (char.IsLowSurrogate(from[i]) && i > 0 && char.IsHighSurrogate(from[i - 1]));
                to[i] = char.IsControl(from[i]) || (char.IsSurrogate(from[i]) && !isPair) || from[i] is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') ? ' ' : from[i];
            }
        });
    }
}

/// <summary>Which rows somebody wants to see.</summary>
/// <param name="Before">Only older ones than this id.</param>
/// <param name="Text">In any of the texts.</param>
public sealed record AuditQuery(long? Before = null, int Limit = 100, string? Who = null, string? Action = null, string? Text = null);
