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
