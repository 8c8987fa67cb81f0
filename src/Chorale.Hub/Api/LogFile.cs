using System.Globalization;
using System.Text;
using System.Text.Json;
using Chorale.Hub.Book;
using Chorale.Protocol;

namespace Chorale.Hub.Api;

internal enum LogFormat
{
    Csv,
    Jsonl,
}

/// <summary>
/// Events as a file. CSV as of RFC 4180, with a mark that says UTF-8 to spreadsheets; a cell that one of them would take for a formula
/// begins with an apostrophe, because its words may have come from the network.
/// </summary>
internal static class LogFile
{
    private const string Head = "time,level,area,subject,event,text,reason,by,count\r\n";

    /// <summary>Written at once: a slow reader holds this much.</summary>
    private const int PieceChars = 32 * 1024;

    public static async Task WriteAsync(Stream output, IEnumerable<BookRow> rows, LogFormat format, CancellationToken cancel)
    {
        var piece = new StringBuilder(PieceChars + 8_192);
        if (format == LogFormat.Csv) piece.Append('\uFEFF').Append(Head);
        foreach (var row in rows)
        {
            if (format == LogFormat.Csv) AppendCsv(piece, row);
            else piece.Append(JsonSerializer.Serialize(row)).Append('\n');
            if (piece.Length < PieceChars) continue;
            await output.WriteAsync(Encoding.UTF8.GetBytes(piece.ToString()), cancel);
            piece.Clear();
        }

        await output.WriteAsync(Encoding.UTF8.GetBytes(piece.ToString()), cancel);
    }

    private static void AppendCsv(StringBuilder text, BookRow row)
    {
        text.Append(WallTime.ToText(row.TsUs)).Append(',').Append(row.Level.ToString().ToLowerInvariant()).Append(',').Append(row.Area);
        foreach (var cell in (string?[])[row.Subject, row.Event, row.Text, row.Reason, row.By]) text.Append(',').Append(Cell(cell));
        text.Append(',').Append(row.Count.ToString(CultureInfo.InvariantCulture)).Append("\r\n");
    }

    internal static string Cell(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        if (text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' || text.TrimStart() is ['=' or '+' or '-' or '@', ..]) text = "'" + text;
        return text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
