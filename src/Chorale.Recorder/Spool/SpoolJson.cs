using System.Text.Json;
using System.Text.Json.Serialization;
using Chorale.Protocol.Chunks;

namespace Chorale.Recorder.Spool;

/// <summary>The two columns that hold JSON.</summary>
internal static class SpoolText
{
    public static string? Write(ChunkLevels? levels) => levels is null ? null : JsonSerializer.Serialize(levels, SpoolJson.Default.ChunkLevels);

    public static string? Write(IReadOnlyList<GapEntry> gaps) => gaps.Count == 0 ? null : JsonSerializer.Serialize([.. gaps], SpoolJson.Default.GapEntryArray);

    /// <summary>Null for no text and for text that a damaged disk has changed: levels are an ornament, never a reason to stop.</summary>
    public static ChunkLevels? ReadLevels(string? text) => Read(text, SpoolJson.Default.ChunkLevels);

    public static IReadOnlyList<GapEntry> ReadGaps(string? text) => Read(text, SpoolJson.Default.GapEntryArray) ?? [];

    private static T? Read<T>(string? text, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) where T : class
    {
        if (text is null) return null;
        try
        {
            return JsonSerializer.Deserialize(text, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(ChunkLevels))]
[JsonSerializable(typeof(GapEntry[]))]
internal sealed partial class SpoolJson : JsonSerializerContext;
