using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Chorale.Hub.Api;

/// <summary>A small body of names and texts, as a form or as a JSON object.</summary>
internal static class LoginForm
{
    /// <summary>What cannot be read is empty: the caller then finds its fields missing.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            if (request.HasFormContentType)
            {
                foreach (var (name, value) in await request.ReadFormAsync(cancel)) fields[name] = value.ToString();
            }
            else if (await JsonNode.ParseAsync(request.Body, cancellationToken: cancel) is JsonObject json)
            {
                foreach (var (name, value) in json)
                {
                    if (value?.GetValueKind() == JsonValueKind.String) fields[name] = value.GetValue<string>();
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            fields.Clear();
        }

        return fields;
    }
}
