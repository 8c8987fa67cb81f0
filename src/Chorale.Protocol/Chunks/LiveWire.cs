using System.Text.Json;
using System.Text.Json.Serialization;

namespace Chorale.Protocol.Chunks;

/// <summary>
/// The open chunk on its way to the hub while it is being recorded, with the device's own token.
/// <code>
/// PUT {base}/api/v2/live/{recorder}              a body that goes on; Expect: 100-continue, so that a refusal comes before the first byte
///   Chorale-Live: copy | listen                  whether the hub shall keep what it gets, or only let it be heard
///   body: Ogg pages, one after another, as the recorder writes them: each chunk begins with its own OpusHead and OpusTags pages (ChunkTags);
///         whoever joins in mid-chunk gets those pages first. Between them notes: pages of serial 0 whose one packet is
///         "ChLiveNt" + JSON of LiveNote, at least every two seconds.
///   200 the stream is no longer wanted · 401 no valid token · 403 the name is another device's · 404, 405 no hub of ours · 409 replaced by a newer one
/// GET {base}/api/v2/live/{recorder}/wanted?wait=25    200 LiveWanted, at once when somebody wants to hear, else when the wait is over
/// answers to uploads carry  Chorale-Live: poll | command    this server speaks it; whether to ask it, or to wait for a command by MQTT
/// </code>
/// </summary>
public static class LiveWire
{
    public const string Header = "Chorale-Live";
    public const string Copy = "copy";
    public const string Listen = "listen";
    public const string Poll = "poll";
    public const string Command = "command";

    /// <summary>Tag of a stream that was encoded for listening: the codec of the file it stands for, or <see cref="NoFile"/>.</summary>
    public const string OfTag = "CHORALE_LIVE_OF";

    /// <summary>Value of <see cref="OfTag"/> where nothing is recorded.</summary>
    public const string NoFile = "nothing";

    /// <summary>Serial of pages that are notes.</summary>
    public const uint NoteSerial = 0;

    /// <summary>First bytes of a note.</summary>
    public static ReadOnlySpan<byte> NoteMagic => "ChLiveNt"u8;

    /// <summary>A recorder that says nothing for so long is gone: five notes.</summary>
    public static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(10);

    public static readonly TimeSpan NoteInterval = TimeSpan.FromSeconds(2);

    public static string PathOf(string recorder) => $"/api/v2/live/{recorder}";

    public static string WantedPathOf(string recorder) => $"/api/v2/live/{recorder}/wanted";
}

/// <summary>What a recorder says of its stream.</summary>
/// <param name="SentUs">Its clock when it was written, microseconds since 1970 UTC.</param>
/// <param name="DroppedPages">Pages that the network was too slow for, since the recorder started.</param>
/// <param name="Quiet">Why there are no pages at the moment; null while there are. <c>muted</c>, <c>outside_schedule</c>, <c>no_microphone</c>, <c>storage_failed</c>.</param>
public sealed record LiveNote(
    [property: JsonPropertyName("sent_us")] long SentUs,
    [property: JsonPropertyName("dropped_pages")] long DroppedPages,
    [property: JsonPropertyName("quiet")] string? Quiet)
{
    public byte[] ToBytes() => [.. LiveWire.NoteMagic, .. JsonSerializer.SerializeToUtf8Bytes(this, LiveJson.Default.LiveNote)];

    /// <summary>Null when it is no note.</summary>
    public static LiveNote? Read(ReadOnlySpan<byte> packet)
    {
        if (!packet.StartsWith(LiveWire.NoteMagic)) return null;
        try
        {
            return JsonSerializer.Deserialize(packet[LiveWire.NoteMagic.Length..], LiveJson.Default.LiveNote);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <param name="Wanted">Somebody wants to hear.</param>
/// <param name="Seconds">For how long to go on trying to send.</param>
public sealed record LiveWanted([property: JsonPropertyName("wanted")] bool Wanted, [property: JsonPropertyName("seconds")] double Seconds)
{
    /// <summary>Null when it is another body: a portal's page, another API.</summary>
    public static LiveWanted? Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, LiveJson.Default.LiveWanted);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(LiveNote))]
[JsonSerializable(typeof(LiveWanted))]
internal sealed partial class LiveJson : JsonSerializerContext;
