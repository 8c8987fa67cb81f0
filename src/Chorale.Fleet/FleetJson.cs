using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Chorale.Fleet.Sessions;
using Chorale.Protocol;

namespace Chorale.Fleet;

/// <summary>JSON of this library; numbers carry their unit in the name, times are RFC 3339 UTC with microseconds.</summary>
[JsonSerializable(typeof(SessionManifest))]
internal sealed partial class FleetJson : JsonSerializerContext
{
    /// <summary>For files that people open.</summary>
    public static FleetJson Indented { get; } = new(new JsonSerializerOptions
    {
        WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}

/// <summary>Enums on every wire: <c>timed_out</c>.</summary>
internal sealed class SnakeCaseEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary>UTC with Z and microseconds.</summary>
internal sealed class UtcConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        WallTime.TryParse(reader.GetString(), out var us) ? WallTime.FromMicroseconds(us) : throw new JsonException("a time with Z or an offset is required");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(WallTime.ToText(value));
}
