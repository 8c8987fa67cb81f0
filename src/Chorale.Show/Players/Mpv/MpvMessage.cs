using System.Text.Json;

namespace Chorale.Show.Players.Mpv;

/// <summary>One line from mpv: an event, or the answer to a command of ours.</summary>
/// <param name="Event">Null: an answer.</param>
/// <param name="Error">"success", or why not.</param>
/// <param name="EntryId">Which loading of a file it is about; 0: not said.</param>
/// <param name="Value">The new value of a property, as text; null: it has none now.</param>
internal readonly record struct MpvMessage(string? Event, long RequestId, string? Error, long EntryId, string? Reason, string? FileError, string? Property, string? Value)
{
    /// <returns>False: not a line of mpv's.</returns>
    public static bool TryParse(ReadOnlyMemory<byte> line, out MpvMessage message)
    {
        message = default;
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return false;
            var data = root.TryGetProperty("data", out var d) ? d : default;
            var entry = Number(root, "playlist_entry_id");
            if (entry == 0 && data.ValueKind == JsonValueKind.Object) entry = Number(data, "playlist_entry_id");
            message = new MpvMessage(Text(root, "event"), Number(root, "request_id"), Text(root, "error"), entry, Text(root, "reason"), Text(root, "file_error"), Text(root, "name"),
                data.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.Object or JsonValueKind.Array ? null : data.ToString());
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long Number(JsonElement element, string name)
        => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : 0;
}
