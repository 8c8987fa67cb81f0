using System.Text;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Chorale.Recorder.Settings;

/// <summary>Reads YAML, JSON or <c>NAME=value</c> lines into flat paths with line numbers. No reflection: the trimmed build reads the same.</summary>
internal static class RawFileReader
{
    /// <summary>A settings file is a few kilobytes; what is larger is something else.</summary>
    private const int FileBytesMax = 1 << 20;

    public static RawFile Read(string path, string name)
    {
        try
        {
            if (new FileInfo(path).Length > FileBytesMax) return Broken(name, 0, $"a settings file has at most {FileBytesMax} bytes");
            return Parse(File.ReadAllText(path), name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Broken(name, 0, "cannot be read: " + e.Message);
        }
    }

    public static RawFile Parse(string text, string name)
    {
        text = text.TrimStart('\ufeff');
        // After a power cut a file can be its right size full of zeros, which YAML would read as an empty one.
        if (text.Contains('\0', StringComparison.Ordinal)) return Broken(name, 0, "holds NUL bytes: it is damaged");
        var start = text.AsSpan().TrimStart();
        if (start.StartsWith("{")) return ParseJson(text, name);
        return name.EndsWith(".env", StringComparison.Ordinal) || LooksLikeVariables(text) ? ParseVariables(text, name) : ParseYaml(text, name);
    }

    private static RawFile Broken(string name, int line, string why) =>
        new(name, RawShape.Yaml, [], new SettingsProblem("settings file", null, why, new SettingSource(SettingLayer.File, name, line)));

    private static RawFile ParseYaml(string text, string name)
    {
        var yaml = new YamlStream();
        try
        {
            // The node tree is built by recursion: a megabyte of brackets would end the process, not throw.
            if (LineOfTooDeep(text) is { } deep) return Broken(name, deep, $"is nested deeper than {DepthMax} levels");
            yaml.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            return Broken(name, (int)e.Start.Line, "is not valid YAML: " + e.Message);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException)
        {
            return Broken(name, 0, "is not valid YAML: " + e.Message);
        }

        var settings = new List<RawSetting>();
        if (yaml.Documents.Count == 0) return new RawFile(name, RawShape.Yaml, settings);
        if (yaml.Documents[0].RootNode is YamlMappingNode root) Flatten(root, "", settings);
        else if (yaml.Documents[0].RootNode is not YamlScalarNode { Value: null or "" }) return Broken(name, 1, "must hold keys and values (key: value)");
        return new RawFile(name, RawShape.Yaml, settings);
    }

    /// <summary>Deeper than any settings file; keeps a hostile one from exhausting the stack.</summary>
    private const int DepthMax = 16;

    private static int? LineOfTooDeep(string text)
    {
        var parser = new Parser(new StringReader(text));
        var depth = 0;
        while (parser.MoveNext())
        {
            depth += parser.Current!.NestingIncrease;
            // A stream and its document are two levels of their own.
            if (depth > DepthMax + 2) return (int)parser.Current.Start.Line;
        }

        return null;
    }

    private static void Flatten(YamlMappingNode map, string prefix, List<RawSetting> into, int depth = 0)
    {
        foreach (var (keyNode, value) in map.Children)
        {
            var path = prefix + (keyNode is YamlScalarNode key ? key.Value : keyNode.ToString());
            var line = (int)keyNode.Start.Line;
            switch (value)
            {
                case YamlMappingNode section when depth < DepthMax && section.Children.Count > 0:
                    Flatten(section, path + ".", into, depth + 1);
                    break;
                case YamlSequenceNode list when list.All(n => n is YamlScalarNode):
                    into.Add(new RawSetting(path, string.Join("; ", list.Select(n => ((YamlScalarNode)n).Value)), line));
                    break;
                case YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" or "Null" or "NULL" }:
                case YamlMappingNode { Children.Count: 0 }:
                    into.Add(new RawSetting(path, null, line));
                    break;
                case YamlScalarNode scalar:
                    into.Add(new RawSetting(path, scalar.Value, line));
                    break;
                default:
                    into.Add(new RawSetting(path, "(nested)", line));
                    break;
            }
        }
    }

    private static RawFile ParseJson(string text, string name)
    {
        var settings = new List<RawSetting>();
        var bytes = Encoding.UTF8.GetBytes(text);
        // Comments: the document shows its settings file without, people add them.
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = DepthMax });
        var path = new Stack<string>();
        var key = "";
        try
        {
            while (reader.Read())
            {
                var full = string.Concat(path.Reverse()) + key;
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName:
                        key = reader.GetString()!;
                        break;
                    case JsonTokenType.StartObject:
                        path.Push(key.Length == 0 ? "" : key + ".");
                        key = "";
                        break;
                    case JsonTokenType.EndObject:
                        path.Pop();
                        break;
                    case JsonTokenType.StartArray:
                        settings.Add(new RawSetting(full, ReadList(ref reader), LineAt(bytes, reader.TokenStartIndex)));
                        break;
                    case JsonTokenType.Null:
                        settings.Add(new RawSetting(full, null, LineAt(bytes, reader.TokenStartIndex)));
                        break;
                    default:
                        settings.Add(new RawSetting(full, TextOf(ref reader), LineAt(bytes, reader.TokenStartIndex)));
                        break;
                }
            }
        }
        catch (JsonException e)
        {
            return Broken(name, (int)(e.LineNumber ?? 0) + 1, "is not valid JSON: " + e.Message);
        }

        return new RawFile(name, RawShape.Json, settings);
    }

    private static string ReadList(ref Utf8JsonReader reader)
    {
        var items = new List<string>();
        var depth = reader.CurrentDepth;
        while (reader.Read() && !(reader.TokenType == JsonTokenType.EndArray && reader.CurrentDepth == depth))
        {
            items.Add(reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject ? "(nested)" : TextOf(ref reader));
        }

        return string.Join("; ", items);
    }

    private static string TextOf(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String ? reader.GetString()! : Encoding.UTF8.GetString(reader.ValueSpan).ToLowerInvariant();

    private static int LineAt(ReadOnlySpan<byte> bytes, long index) => bytes[..(int)index].Count((byte)'\n') + 1;

    private static bool LooksLikeVariables(string text) =>
        text.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.Length > 0 && l[0] != '#') is { } first && IsVariable(first);

    private static bool IsVariable(string line)
    {
        if (line.StartsWith("export ", StringComparison.Ordinal)) line = line[7..].TrimStart();
        var equals = line.IndexOf('=');
        return equals > 0 && line[..equals].TrimEnd().All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
    }

    private static RawFile ParseVariables(string text, string name)
    {
        var settings = new List<RawSetting>();
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#' || !IsVariable(line)) continue;
            if (line.StartsWith("export ", StringComparison.Ordinal)) line = line[7..].TrimStart();
            var equals = line.IndexOf('=');
            settings.Add(new RawSetting(line[..equals].TrimEnd(), Unquote(line[(equals + 1)..].Trim()), number));
        }

        return new RawFile(name, RawShape.Variables, settings);
    }

    // As dotenv readers do: quotes go, and an unquoted value ends at a # after a space.
    private static string Unquote(string value)
    {
        if (value.Length > 1 && value[0] is '"' or '\'' && value.IndexOf(value[0], 1) is > 0 and var end) return value[1..end];
        var comment = value.IndexOf(" #", StringComparison.Ordinal);
        return comment < 0 ? value : value[..comment].TrimEnd();
    }
}
