using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Chorale.Hub.Api;

/// <summary>The field <c>data</c> of a Mycelia upload.</summary>
internal sealed record MyceliaFields(long StartUs, int ChunkNumber, bool Streaming, string RecordingStart, string? SourceFileId)
{
    /// <returns>What is wrong, in the words of the contract; null when it could be read.</returns>
    public static string? TryRead(string text, TimeZoneInfo zone, out MyceliaFields fields)
    {
        fields = null!;
        try
        {
            if (JsonNode.Parse(PythonText.ToJson(text)) is not JsonObject data) return "Invalid data JSON";
            return Read(data, zone, out fields);
        }
        catch (JsonException)
        {
            return "Invalid data JSON";
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or OverflowException)
        {
            return "Validation error: a field has the wrong type";
        }
    }

    /// <summary>
    /// Computed from who records and when the recording began, so a follow-up that does not know its source (a restart, a lost reply) finds
    /// it, and chunk 0 sent twice makes one source.
    /// </summary>
    public string SourceOf(string principal) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"mycelia source\n{principal}\n{RecordingStart}")).AsSpan(0, 12));

    private static string? Read(JsonObject data, TimeZoneInfo zone, out MyceliaFields fields)
    {
        fields = null!;
        if ((string?)data["start"] is not { } startText) return "Validation error: start is required";
        if (!FormTimes.TryRead(startText, zone, out var startUs)) return "Validation error: start is not an ISO 8601 time";
        var number = data["chunk_number"] is { } n ? n.GetValue<int>() : 0;
        if (number < 0) return "Validation error: chunk_number must be 0 or more";
        var metadata = data["metadata"] as JsonObject;
        var source = (string?)data["source_file_id"];
        if (source is not null && !(source.Length == 24 && source.All(char.IsAsciiHexDigit))) return "Validation error: source_file_id must be 24 hexadecimal digits";
        if (number == 0 && source is not null) return "Validation error: source_file_id is not allowed for chunk 0";
        var recordingText = (string?)metadata?["recording_start"];
        if (number > 0 && source is null && recordingText is null) return "Source file ID is required for followup chunks";
        var recording = recordingText ?? startText;
        if (FormTimes.TryRead(recording, zone, out var us)) recording = us.ToString(CultureInfo.InvariantCulture); // one instant, however written
        fields = new MyceliaFields(startUs, number, metadata?["streaming"] is { } s && s.GetValueKind() == JsonValueKind.True, recording, source?.ToLowerInvariant());
        return null;
    }
}
