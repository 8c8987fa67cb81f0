using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Chorale.Protocol.Modules;

/// <summary>Writes the messages of modules; they are read field by field (<c>Read</c> of each), because peers differ.</summary>
[JsonSerializable(typeof(ModuleCommand))]
[JsonSerializable(typeof(ModuleResponse))]
[JsonSerializable(typeof(ModuleStatus))]
[JsonSerializable(typeof(ModuleConfig))]
[JsonSerializable(typeof(ModuleData))]
[JsonSerializable(typeof(ModuleLevels))]
[JsonSerializable(typeof(ClockQuestion))]
[JsonSerializable(typeof(ClockReply))]
internal sealed partial class ModuleJson : JsonSerializerContext
{
    public static ModuleJson Wire { get; } = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    });
}

/// <summary>UTC with Z and microseconds.</summary>
internal sealed class WireTimeConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        WallTime.TryParse(reader.GetString(), out var us) ? WallTime.FromMicroseconds(us) : throw new JsonException("a time with Z or an offset is required");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(WallTime.ToText(value));
}
