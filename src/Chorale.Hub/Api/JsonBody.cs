using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Chorale.Hub.Api;

/// <summary>A small JSON object as request body, read field by field so that every problem is named at once.</summary>
internal sealed class JsonBody(JsonObject fields)
{
    public List<FieldError> Errors { get; } = [];

    /// <summary>Null when the body is no JSON object.</summary>
    public static async Task<JsonBody?> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        try
        {
            return await JsonNode.ParseAsync(request.Body, cancellationToken: cancel) is JsonObject fields ? new JsonBody(fields) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public bool Has(string name) => fields.ContainsKey(name);

    /// <summary>Required text of a length within the bounds; an error and "" otherwise.</summary>
    public string Text(string name, int charsMin, int charsMax)
    {
        if (fields[name] is not { } node)
        {
            Errors.Add(FieldError.Missing(name));
            return "";
        }

        var text = node.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;
        if (text is null) Errors.Add(FieldError.Bad(name, "string_type", "Input should be a valid string", node.ToJsonString()));
        else if (text.Length < charsMin) Errors.Add(FieldError.Bad(name, "string_too_short", $"String should have at least {charsMin} characters", ""));
        else if (text.Length > charsMax) Errors.Add(FieldError.Bad(name, "string_too_long", $"String should have at most {charsMax} characters", ""));
        return text ?? "";
    }

    public bool Flag(string name)
    {
        if (fields[name] is { } node && node.GetValueKind() is JsonValueKind.True or JsonValueKind.False) return fields[name]!.GetValue<bool>();
        Errors.Add(fields[name] is { } bad ? FieldError.Bad(name, "bool_type", "Input should be a valid boolean", bad.ToJsonString()) : FieldError.Missing(name));
        return false;
    }
}
