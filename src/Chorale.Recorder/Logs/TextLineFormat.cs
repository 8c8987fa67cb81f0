using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Logs;

/// <summary>For a person at a terminal: local time, level, message, event and where it came from; an exception follows on lines of its own.</summary>
internal sealed class TextLineFormat(SecretMask mask, TimeZoneInfo zone, bool hasColour) : ILineFormat
{
    private const string Reset = "\u001b[0m", Dim = "\u001b[2m";

    public byte[] Format(in LogEntry entry)
    {
        var line = new StringBuilder(160);
        line.Append(TimeZoneInfo.ConvertTime(entry.At, zone).ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)).Append(' ');
        Coloured(line, ColourOf(entry.Level), JsonLineFormat.NameOf(entry.Level).PadRight(8));
        line.Append(' ').Append(Printable(mask.Apply(entry.Text.Length > 0 ? entry.Text : entry.Event ?? "")));
        line.Append("  ");
        var place = entry.Category[(entry.Category.LastIndexOf('.') + 1)..];
        Coloured(line, Dim, entry.Event is null ? $"({place})" : $"({entry.Event}, {place})");
        line.Append('\n');
        if (entry.Exception is not null)
        {
            foreach (var part in mask.Apply(entry.Exception.ToString()).Split('\n')) line.Append("    ").Append(Printable(part.TrimEnd())).Append('\n');
        }

        return Encoding.UTF8.GetBytes(line.ToString());
    }

    private static string ColourOf(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => Dim,
        LogLevel.Information => "\u001b[32m",
        LogLevel.Warning => "\u001b[33m",
        _ => "\u001b[31m",
    };

    private void Coloured(StringBuilder line, string colour, string text)
    {
        if (hasColour) line.Append(colour).Append(text).Append(Reset);
        else line.Append(text);
    }

    // What servers and devices say ends up here: it must not move the cursor or begin a line of its own.
    private static string Printable(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\u001f') && !text.AsSpan().ContainsAnyInRange('\u007f', '\u009f')) return text;
        return string.Concat(text.Replace("\r", "", StringComparison.Ordinal).Select(c => c switch { '\n' => " | ", '\t' => " ", _ when char.IsControl(c) => "?", _ => c.ToString() }));
    }
}
