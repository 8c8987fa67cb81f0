using System.Text.Json;
using System.Text.Json.Serialization;

namespace Chorale.Protocol;

/// <summary>Enums on every wire: <c>timed_out</c>.</summary>
public sealed class SnakeCaseEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary>UTC with Z and microseconds.</summary>
public sealed class UtcConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        WallTime.TryParse(reader.GetString(), out var us) ? WallTime.FromMicroseconds(us) : throw new JsonException("a time with Z or an offset is required");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(WallTime.ToText(value));
}
