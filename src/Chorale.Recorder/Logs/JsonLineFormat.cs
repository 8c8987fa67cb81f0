using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Chorale.Protocol;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Logs;

/// <summary>
/// One JSON object a line:
/// <code>
/// {"ts":"2026-01-05T10:00:00.000123Z","level":"INFO","logger":"Chorale.Recorder.Upload.UploadLoop","msg":"upload_ok",
///  "text":"chunk 17 sent","chunk_id":"...","exception":"..."}
/// </code>
/// <c>ts</c> is UTC; <c>level</c> DEBUG INFO WARNING ERROR CRITICAL (TRACE); <c>msg</c> the event's name, else the message; <c>text</c> the
/// message where the event has a name; then the message's values in snake_case; <c>exception</c> last. A value never replaces one of these names.
/// </summary>
internal sealed class JsonLineFormat(SecretMask mask) : ILineFormat
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] Reserved = ["ts", "level", "logger", "msg", "text", "exception"];

    public byte[] Format(in LogEntry entry)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("ts", WallTime.ToText(entry.At));
            json.WriteString("level", NameOf(entry.Level));
            json.WriteString("logger", entry.Category);
            json.WriteString("msg", entry.Event ?? mask.Apply(entry.Text));
            if (entry.Event is not null && entry.Text.Length > 0 && entry.Text != entry.Event) json.WriteString("text", mask.Apply(entry.Text));
            var names = new HashSet<string>(Reserved);
            foreach (var (name, value) in entry.Extras) WriteExtra(json, names, name, value);
            if (entry.Exception is not null) json.WriteString("exception", mask.Apply(entry.Exception.ToString()));
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    internal static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "TRACE",
        LogLevel.Debug => "DEBUG",
        LogLevel.Information => "INFO",
        LogLevel.Warning => "WARNING",
        LogLevel.Error => "ERROR",
        _ => "CRITICAL",
    };

    private void WriteExtra(Utf8JsonWriter json, HashSet<string> names, string name, object? value)
    {
        if (name == "{OriginalFormat}") return;
        name = SnakeCase(name);
        while (!names.Add(name)) name += "_";
        json.WritePropertyName(name);
        WriteValue(json, value);
    }

    private void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case string s: json.WriteStringValue(mask.Apply(s)); break;
            case bool b: json.WriteBooleanValue(b); break;
            case int i: json.WriteNumberValue(i); break;
            case long l: json.WriteNumberValue(l); break;
            case uint u: json.WriteNumberValue(u); break;
            case ulong u: json.WriteNumberValue(u); break;
            case short or ushort or byte or sbyte: json.WriteNumberValue(Convert.ToInt32(value, CultureInfo.InvariantCulture)); break;
            case double d when double.IsFinite(d): json.WriteNumberValue(d); break;
            case float f when float.IsFinite(f): json.WriteNumberValue(f); break;
            case decimal m: json.WriteNumberValue(m); break;
            case DateTimeOffset t: json.WriteStringValue(WallTime.ToText(t)); break;
            case TimeSpan t: json.WriteStringValue(t.ToString("c", CultureInfo.InvariantCulture)); break;
            case IEnumerable list: WriteList(json, list); break;
            case IFormattable f: json.WriteStringValue(mask.Apply(f.ToString(null, CultureInfo.InvariantCulture))); break;
            default: json.WriteStringValue(mask.Apply(value.ToString() ?? "")); break;
        }
    }

    private void WriteList(Utf8JsonWriter json, IEnumerable list)
    {
        json.WriteStartArray();
        foreach (var item in list) WriteValue(json, item);
        json.WriteEndArray();
    }

    // ChunkId -> chunk_id, HTTPStatus -> httpstatus; names that are snake_case already stay.
    private static string SnakeCase(string name)
    {
        var result = new StringBuilder(name.Length + 4);
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsAsciiLetterUpper(name[i]) && i > 0 && !char.IsAsciiLetterUpper(name[i - 1]) && name[i - 1] != '_') result.Append('_');
            result.Append(char.ToLowerInvariant(name[i]));
        }

        return result.ToString();
    }
}
