using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace Chorale.Protocol.Modules;

/// <summary>
/// A JSON object from a peer that nobody here controls. Reading it never throws: a payload that is none becomes a named problem, a field
/// of the wrong kind is null and, where it matters, a problem that names it.
/// </summary>
internal sealed class WireObject
{
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = Limits.ControlDepthMax, AllowTrailingCommas = true };

    private readonly JsonElement _root;
    private readonly List<WireProblem> _problems = [];

    private WireObject(JsonElement root) => _root = root;

    public IReadOnlyList<WireProblem> Problems => _problems;

    public static bool TryRead(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out WireObject? value, [NotNullWhen(false)] out WireProblem? problem)
    {
        value = null;
        problem = null;
        if (payload.Length > Limits.ControlBytesMax)
            problem = new WireProblem("too_large", $"{payload.Length} bytes: at most {Limits.ControlBytesMax} are allowed");
        else if (!Utf8.IsValid(payload))
            problem = new WireProblem("not_utf8", $"{payload.Length} bytes that are not UTF-8");
        else if (payload.StartsWith(ByteOrderMark))
            payload = payload[ByteOrderMark.Length..];
        if (problem is null && IsTooDeep(payload)) problem = new WireProblem("too_deep", $"nested deeper than {Limits.ControlDepthMax} levels");
        if (problem is not null) return false;
        try
        {
            using var document = JsonDocument.Parse(payload.ToArray(), Options);
            if (document.RootElement.ValueKind == JsonValueKind.Object) value = new WireObject(document.RootElement.Clone());
            else problem = new WireProblem("not_an_object", $"a JSON {Kind(document.RootElement)}: an object is allowed");
        }
        catch (JsonException e)
        {
            problem = new WireProblem("not_json", payload.IsEmpty ? "empty" : $"not JSON at byte {e.BytePositionInLine ?? 0} of line {(e.LineNumber ?? 0) + 1}");
        }

        return value is not null;
    }

    public JsonElement? Element(string key) =>
        _root.TryGetProperty(key, out var element) && element.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) ? element : null;

    /// <summary>Text; a number or a boolean as it is written.</summary>
    public string? Text(string key)
    {
        if (Element(key) is not { } element) return null;
        if (element.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False) return element.GetRawText();
        return TextOf(element) ?? Bad<string>(key, element, "text");
    }

    /// <summary>A number, or text that is one; anything else is a problem.</summary>
    public double? Number(string key)
    {
        if (Element(key) is not { } element) return null;
        return NumberOf(element) ?? BadValue<double>(key, element, "a number");
    }

    public long? Whole(string key)
    {
        if (Element(key) is not { } element) return null;
        return NumberOf(element) is { } number && Math.Abs(number) < 9e18 ? (long)Math.Round(number) : BadValue<long>(key, element, "a whole number");
    }

    public bool? Flag(string key)
    {
        if (Element(key) is not { } element) return null;
        return element.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => BadValue<bool>(key, element, "true or false"),
        };
    }

    /// <summary>A time with Z or an offset.</summary>
    public DateTimeOffset? Time(string key)
    {
        if (Element(key) is not { } element) return null;
        return TextOf(element) is { } text && WallTime.TryParse(text, out var us)
            ? WallTime.FromMicroseconds(us)
            : BadValue<DateTimeOffset>(key, element, "a time with Z or an offset, like 2026-01-05T10:00:00.000123Z,");
    }

    public IReadOnlyList<double>? Numbers(string key)
    {
        if (Element(key) is not { ValueKind: JsonValueKind.Array } array) return null;
        var numbers = new List<double>();
        foreach (var item in array.EnumerateArray())
        {
            if (NumberOf(item) is { } number) numbers.Add(number);
        }

        return numbers;
    }

    public IReadOnlyList<string>? Texts(string key)
    {
        if (Element(key) is not { ValueKind: JsonValueKind.Array } array) return null;
        return [.. array.EnumerateArray().Select(TextOf).OfType<string>()];
    }

    public WireObject? Object(string key) => Element(key) is { ValueKind: JsonValueKind.Object } element ? new WireObject(element) : null;

    public IReadOnlyList<WireObject>? Objects(string key) => Element(key) is { ValueKind: JsonValueKind.Array } array
        ? [.. array.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.Object).Select(e => new WireObject(e))]
        : null;

    public void Refuse(string text) => _problems.Add(new WireProblem("bad_field", text));

    /// <summary>What a person sees of a value: its JSON, cut.</summary>
    public static string Show(JsonElement element)
    {
        var raw = element.GetRawText();
        return raw.Length <= 60 ? raw : raw[..60] + "...";
    }

    internal static string? TextOf(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String) return null;
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            return null; // half a surrogate pair: text that no UTF-8 can hold
        }
    }

    internal static double? NumberOf(JsonElement element)
    {
        double number;
        var isNumber = element.ValueKind == JsonValueKind.Number
            ? element.TryGetDouble(out number)
            : double.TryParse(TextOf(element), NumberStyles.Float, CultureInfo.InvariantCulture, out number);
        return isNumber && double.IsFinite(number) ? number : null;
    }

    private static string Kind(JsonElement element) => element.ValueKind.ToString().ToLowerInvariant();

    private static bool IsTooDeep(ReadOnlySpan<byte> payload)
    {
        int depth = 0;
        bool inText = false, escaped = false;
        foreach (var b in payload)
        {
            if (inText)
            {
                if (escaped) escaped = false;
                else if (b == '\\') escaped = true;
                else if (b == '"') inText = false;
            }
            else if (b == '"') inText = true;
            else if (b is (byte)'{' or (byte)'[' && ++depth > Limits.ControlDepthMax) return true;
            else if (b is (byte)'}' or (byte)']') depth--;
        }

        return false;
    }

    private T? Bad<T>(string key, JsonElement element, string allowed)
        where T : class
    {
        Refuse($"{key} {Show(element)}: {allowed} is allowed");
        return null;
    }

    private T? BadValue<T>(string key, JsonElement element, string allowed)
        where T : struct
    {
        Refuse($"{key} {Show(element)}: {allowed} is allowed");
        return null;
    }
}
