using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Chorale.Fleet;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Chorale.Hub.Api;

/// <summary>
/// Makes the document of <c>/api/v2</c> so exact that the page's types are written from it: numbers are numbers, and what an answer always has
/// is required. <c>src/web/src/api/openapi.json</c> is a copy of it, and a test holds the two together.
/// </summary>
internal static class OpenApiShape
{
    private const string Ours = "api/v2/";

    public static void Apply(OpenApiOptions options)
    {
        options.ShouldInclude = described => described.RelativePath?.StartsWith(Ours, StringComparison.Ordinal) == true;
        options.CreateSchemaReferenceId = new SchemaNames().Of;
        options.AddSchemaTransformer(ShapeValue);
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Chorale hub";
            document.Info.Version = "2";
            document.Servers?.Clear(); // the same document on every machine
            RequireWhatAnswersHave(document);
            return Task.CompletedTask;
        });
    }

    /// <summary>What the generator cannot see: that numbers are never written as text, and what our own converters write.</summary>
    private static Task ShapeValue(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancel)
    {
        if (schema.Type is { } type && (type & (JsonSchemaType.Integer | JsonSchemaType.Number)) != 0 && type.HasFlag(JsonSchemaType.String))
        {
            schema.Type = type & ~JsonSchemaType.String;
            schema.Pattern = null;
        }

        var clr = context.JsonTypeInfo.Type;
        var text = Nullable.GetUnderlyingType(clr) is null ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;
        var inner = Nullable.GetUnderlyingType(clr) ?? clr;
        if (inner == typeof(DateTimeOffset)) (schema.Type, schema.Format) = (text, "date-time");
        if (inner == typeof(ModuleId)) schema.Type = text;
        if (schema.Enum is { Count: > 0 } words) // null, where it may be, stands beside the reference
            (schema.Type, schema.Enum) = (JsonSchemaType.String, [.. words.Where(w => w is not null && w.GetValueKind() != JsonValueKind.Null)]);
        return Task.CompletedTask;
    }

    /// <summary>A request may leave things out; an answer has everything, null where there is nothing.</summary>
    private static void RequireWhatAnswersHave(OpenApiDocument document)
    {
        var asked = new HashSet<string>();
        foreach (var operation in document.Paths.Values.SelectMany(p => p.Operations?.Values.AsEnumerable() ?? []))
            foreach (var content in operation.RequestBody?.Content?.Values.AsEnumerable() ?? []) Collect(content.Schema, asked);
        foreach (var (name, schema) in document.Components?.Schemas ?? new Dictionary<string, IOpenApiSchema>())
        {
            if (schema is OpenApiSchema { Properties: { Count: > 0 } properties } plain && !asked.Contains(name) && name != "ProblemDetails")
                plain.Required = properties.Keys.ToHashSet();
        }
    }

    private static void Collect(IOpenApiSchema? schema, HashSet<string> names)
    {
        if (schema is null || (schema is OpenApiSchemaReference { Reference.Id: { } id } && !names.Add(id))) return;
        foreach (var part in (schema.Properties?.Values ?? []).Concat(schema.OneOf ?? []).Concat(schema.AnyOf ?? []).Concat(schema.AllOf ?? [])) Collect(part, names);
        Collect(schema.Items, names);
        Collect(schema.AdditionalProperties, names);
    }

    /// <summary>A type's own name; where two have the same one, one of them is called otherwise here.</summary>
    private sealed class SchemaNames
    {
        private readonly ConcurrentDictionary<string, Type> _taken = new(StringComparer.Ordinal);

        public string? Of(JsonTypeInfo type)
        {
            if (OpenApiOptions.CreateDefaultSchemaReferenceId(type) is not { } id) return null;
            var clr = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
            var name = clr == typeof(Chorale.Fleet.Commands.Verdict) ? "ModuleVerdict" : clr == typeof(Chorale.Show.Feedback.Verdict) ? "DeviceVerdict" : id;
            return _taken.GetOrAdd(name, clr) == clr ? name : throw new InvalidOperationException($"{clr} and {_taken[name]} have the same name: give one of them another in {nameof(OpenApiShape)}");
        }
    }
}
