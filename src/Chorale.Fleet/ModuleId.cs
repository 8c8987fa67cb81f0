using System.Text.Json;
using System.Text.Json.Serialization;
using Chorale.Protocol.Chunks;

namespace Chorale.Fleet;

/// <summary>Name of a module: the level after the base topic, 1 to 64 of <c>A-Z a-z 0-9 _ -</c>.</summary>
[JsonConverter(typeof(ModuleIdConverter))]
public readonly record struct ModuleId(string Value)
{
    public static bool IsValid(string? text) => RecorderId.IsValid(text);

    public override string ToString() => Value;
}

internal sealed class ModuleIdConverter : JsonConverter<ModuleId>
{
    public override ModuleId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, ModuleId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}
