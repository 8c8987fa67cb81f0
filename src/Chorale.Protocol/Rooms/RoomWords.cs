using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Chorale.Protocol.Rooms;

/// <summary>A node's answer to a command.</summary>
public enum FeedbackWord
{
    /// <summary>Text that is none of the words; a node of the first generation means "no" by it.</summary>
    Other,
    Ok,
    Error,

    /// <summary>Done, and the output is on.</summary>
    Active,

    /// <summary>Done, and the output is off.</summary>
    Inactive,

    /// <summary>Empty, too long, or not UTF-8: nobody's answer.</summary>
    Unreadable,
}

/// <summary>What a node says of itself.</summary>
public enum PresenceWord
{
    Other,
    Online,
    Offline,

    /// <summary>A direct confirmation of the first generation, not presence.</summary>
    Ok,

    /// <inheritdoc cref="Ok"/>
    Error,
    Unreadable,
}

/// <param name="Word">What it comes to.</param>
/// <param name="Id">The command's id, where the answer is an object that carries one.</param>
/// <param name="Reason">The object's own words for a "no".</param>
public readonly record struct FeedbackText(FeedbackWord Word, string? Id = null, string? Reason = null);

/// <summary>
/// Words of nodes, read as real firmware spells them: any case, spaces and line ends around, quotes, a terminating zero, or a flat object
/// <c>{"status":"ok","id":"...","reason":"..."}</c>. Nothing larger than <see cref="BytesMax"/> is looked at.
/// </summary>
public static class RoomWords
{
    /// <summary>The longest real answer is 8 bytes; an object with an id and a reason stays below this.</summary>
    public const int BytesMax = 512;

    private const int IdLengthMax = 64;

    public static FeedbackText Feedback(ReadOnlySpan<byte> payload)
    {
        if (!IsReadable(payload)) return new FeedbackText(FeedbackWord.Unreadable);
        var text = Bare(payload);
        if (text.IsEmpty) return new FeedbackText(FeedbackWord.Unreadable);
        return text[0] == (byte)'{' ? Object(text) : new FeedbackText(Word(text));
    }

    public static PresenceWord Presence(ReadOnlySpan<byte> payload)
    {
        if (!IsReadable(payload)) return PresenceWord.Unreadable;
        var text = Bare(payload);
        if (text.IsEmpty) return PresenceWord.Unreadable;
        if (Is(text, "online"u8)) return PresenceWord.Online;
        if (Is(text, "offline"u8)) return PresenceWord.Offline;
        return Feedback(payload).Word switch
        {
            FeedbackWord.Ok => PresenceWord.Ok,
            FeedbackWord.Error => PresenceWord.Error,
            _ => PresenceWord.Other,
        };
    }

    /// <summary>On or off by the text before the first colon; null for what is neither (<c>SPEED:80</c>, <c>BLINK</c>).</summary>
    public static bool? Output(ReadOnlySpan<char> payload)
    {
        var colon = payload.IndexOf(':');
        var word = (colon < 0 ? payload : payload[..colon]).Trim();
        if (IsAny(word, "ON", "1", "TRUE", "START", "ACTIVE")) return true;
        if (IsAny(word, "OFF", "0", "FALSE", "STOP", "INACTIVE")) return false;
        return null;
    }

    private static bool IsReadable(ReadOnlySpan<byte> payload) => payload.Length is > 0 and <= BytesMax && Utf8.IsValid(payload);

    private static ReadOnlySpan<byte> Bare(ReadOnlySpan<byte> payload) => payload.Trim(" \t\r\n\0\"'"u8);

    private static FeedbackWord Word(ReadOnlySpan<byte> text)
    {
        if (Is(text, "ok"u8)) return FeedbackWord.Ok;
        if (Is(text, "error"u8)) return FeedbackWord.Error;
        if (Is(text, "active"u8)) return FeedbackWord.Active;
        return Is(text, "inactive"u8) ? FeedbackWord.Inactive : FeedbackWord.Other;
    }

    private static FeedbackText Object(ReadOnlySpan<byte> json)
    {
        string? word = null, id = null, reason = null;
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString();
                reader.Read();
                var value = reader.TokenType switch
                {
                    JsonTokenType.String => reader.GetString(),
                    JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
                    _ => null,
                };
                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) reader.Skip();
                if (name is "status" or "state" or "result" or "feedback") word ??= value;
                else if (name is "id" or "request_id" or "correlation") id ??= value;
                else if (name is "reason" or "error" or "message") reason ??= value;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new FeedbackText(FeedbackWord.Unreadable);
        }

        if (word is null) return new FeedbackText(FeedbackWord.Other);
        return new FeedbackText(Word(Encoding.UTF8.GetBytes(word.Trim())), id is { Length: > 0 and <= IdLengthMax } ? id : null, reason);
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) => Ascii.EqualsIgnoreCase(text, word);

    private static bool IsAny(ReadOnlySpan<char> text, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (text.Equals(word, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }
}
