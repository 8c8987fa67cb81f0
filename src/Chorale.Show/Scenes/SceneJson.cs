using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Chorale.Show.Feedback;

namespace Chorale.Show.Scenes;

internal enum JsonKind
{
    Object,
    List,
    Text,
    Number,
    Boolean,
    Null,
}

/// <summary>One value of a file, and the line it begins on.</summary>
/// <param name="Text">Of text its content, of numbers the digits as they are written.</param>
internal sealed record JsonPart(JsonKind Kind, int Line, string Text, List<JsonMember> Members, List<JsonPart> Items)
{
    public static readonly List<JsonMember> NoMembers = [];
    public static readonly List<JsonPart> NoItems = [];

    public JsonPart? this[string name]
    {
        get
        {
            foreach (var member in Members)
            {
                if (member.Name == name) return member.Value;
            }

            return null;
        }
    }
}

internal readonly record struct JsonMember(string Name, int Line, JsonPart Value);

/// <summary>
/// Bytes to a tree in which every value knows its line. Strict JSON, bounded in depth and in number of values, so that a file made to hurt
/// is refused in milliseconds. Null when there is no tree; the problems say why.
/// </summary>
internal ref struct SceneJson
{
    private static readonly SearchValues<char> PlainName = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
    private readonly SceneProblems _problems;
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly List<string> _path = [];
    private Utf8JsonReader _reader;
    private int _line = 1;
    private int _lineOffset;
    private int _values;

    private SceneJson(ReadOnlySpan<byte> bytes, SceneProblems problems)
    {
        _bytes = bytes;
        _problems = problems;
        _reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = SceneLimits.DepthMax + 2 });
    }

    public static JsonPart? Read(ReadOnlySpan<byte> bytes, SceneProblems problems)
    {
        if (bytes.Length > SceneLimits.FileBytesMax)
        {
            problems.Add(SceneRule.TooLong, "", 1, SceneWords.FileLong, SceneLimits.FileBytesMax / 1024 / 1024);
            return null;
        }

        if (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            problems.Add(SceneRule.NotUtf8, "", 1, SceneWords.FileUtf16);
            return null;
        }

        if (bytes is [0xEF, 0xBB, 0xBF, ..])
        {
            problems.Add(SceneRule.ByteOrderMark, "", 1, SceneWords.FileMark);
            bytes = bytes[3..];
        }

        if (!Utf8.IsValid(bytes))
        {
            var at = FirstInvalid(bytes);
            problems.Add(SceneRule.NotUtf8, "", 1 + bytes[..at].Count((byte)'\n'), SceneWords.FileNotUtf8, $"{bytes[at]:X2}");
            return null;
        }

        if (bytes.Trim(" \t\r\n"u8).IsEmpty)
        {
            problems.Add(SceneRule.NotJson, "", 1, SceneWords.FileEmpty);
            return null;
        }

        return new SceneJson(bytes, problems).ReadAll();
    }

    /// <summary>The name as part of a path: <c>states.A</c>, or <c>states["A b"]</c> where it needs quotes.</summary>
    public static string Join(string path, string name)
    {
        var plain = name.Length is > 0 and <= 64 && !name.AsSpan().ContainsAnyExcept(PlainName);
        return plain ? (path.Length == 0 ? name : path + "." + name) : $"{path}[\"{PrintableText.Of(name)}\"]";
    }

    private JsonPart? ReadAll()
    {
        try
        {
            _reader.Read();
            var root = ReadValue();
            if (root is not null) _reader.Read(); // what follows the value is an error, and thrown as one
            return root;
        }
        catch (JsonException e)
        {
            NotJson(e.Message, (int)(e.LineNumber ?? 0) + 1);
            return null;
        }
        catch (InvalidOperationException)
        {
            // The one thing valid UTF-8 can still hide: \ud800 without its other half.
            _problems.Add(SceneRule.NotUtf8, Path(), Line(), SceneWords.FileHalfCharacter);
            return null;
        }
    }

    private JsonPart? ReadValue()
    {
        var line = Line();
        if (++_values > SceneLimits.ValuesMax)
        {
            _problems.Add(SceneRule.TooLong, Path(), line, SceneWords.ValuesMany, SceneLimits.ValuesMax);
            return null;
        }

        if (_reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray && _reader.CurrentDepth >= SceneLimits.DepthMax)
        {
            _problems.Add(SceneRule.TooDeep, Path(), line, SceneWords.Deep, SceneLimits.DepthMax);
            return null;
        }

        return _reader.TokenType switch
        {
            JsonTokenType.StartObject => ReadObject(line),
            JsonTokenType.StartArray => ReadList(line),
            JsonTokenType.String => Leaf(JsonKind.Text, line, _reader.GetString()!),
            JsonTokenType.Number => Leaf(JsonKind.Number, line, System.Text.Encoding.ASCII.GetString(_reader.ValueSpan)),
            JsonTokenType.True => Leaf(JsonKind.Boolean, line, "true"),
            JsonTokenType.False => Leaf(JsonKind.Boolean, line, "false"),
            _ => Leaf(JsonKind.Null, line, "null"),
        };
    }

    private JsonPart? ReadObject(int line)
    {
        var members = new List<JsonMember>();
        HashSet<string>? names = null;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = _reader.GetString()!;
            var nameLine = Line();
            _path.Add(name);
            names ??= [];
            if (!names.Add(name)) _problems.Add(SceneRule.KeyTwice, Path(), nameLine, SceneWords.KeyTwice, PrintableText.Of(name));
            _reader.Read();
            if (ReadValue() is not { } value) return null;
            members.Add(new JsonMember(name, nameLine, value));
            _path.RemoveAt(_path.Count - 1);
        }

        return new JsonPart(JsonKind.Object, line, "", members, JsonPart.NoItems);
    }

    private JsonPart? ReadList(int line)
    {
        var items = new List<JsonPart>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            _path.Add($"[{items.Count}]");
            if (ReadValue() is not { } item) return null;
            items.Add(item);
            _path.RemoveAt(_path.Count - 1);
        }

        return new JsonPart(JsonKind.List, line, "", JsonPart.NoMembers, items);
    }

    private static JsonPart Leaf(JsonKind kind, int line, string text) => new(kind, line, text, JsonPart.NoMembers, JsonPart.NoItems);

    /// <summary>Of the token at hand; counts on from the last one, so that a file is looked through once.</summary>
    private int Line()
    {
        var offset = (int)_reader.TokenStartIndex;
        if (offset > _lineOffset)
        {
            _line += _bytes[_lineOffset..offset].Count((byte)'\n');
            _lineOffset = offset;
        }

        return _line;
    }

    private readonly string Path()
    {
        var path = "";
        foreach (var part in _path) path = part is ['[', .., ']'] ? path + part : Join(path, part);
        return path;
    }

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (System.Text.Rune.DecodeFromUtf8(bytes[at..], out _, out var length) == OperationStatus.Done) at += length;
        return at;
    }

    /// <summary>The reader's words without its own coordinates and advice to programmers.</summary>
    private readonly void NotJson(string message, int line)
    {
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        if (message.Contains("trailing comma", StringComparison.Ordinal)) _problems.Add(SceneRule.NotJson, Path(), line, SceneWords.NotJsonComma);
        else if (message.Contains("maximum configured depth", StringComparison.Ordinal)) _problems.Add(SceneRule.NotJson, Path(), line, SceneWords.NotJsonDeep, SceneLimits.DepthMax);
        else _problems.Add(SceneRule.NotJson, Path(), line, SceneWords.NotJson, end < 0 ? message : message[..end]);
    }
}
