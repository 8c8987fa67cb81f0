using System.Text.Json.Serialization;
using Chorale.Protocol;

namespace Chorale.Hub.Book;

/// <summary>How much a person should care.</summary>
[JsonConverter(typeof(SnakeCaseEnum<BookLevel>))]
internal enum BookLevel
{
    /// <summary>The story of a day.</summary>
    Info,

    /// <summary>We coped; somebody may want to know.</summary>
    Warn,

    /// <summary>Somebody must act.</summary>
    Error,
}

/// <summary>Parts of the hub that tell.</summary>
internal static class BookArea
{
    public const string Fleet = "fleet", Archive = "archive", Rooms = "rooms", Hub = "hub", Broker = "broker";

    public static readonly IReadOnlyList<string> All = [Fleet, Archive, Rooms, Hub, Broker];
}

/// <summary>Something that happened.</summary>
/// <param name="Area">One of <see cref="BookArea"/>.</param>
/// <param name="Event">Machine word, snake_case.</param>
/// <param name="Text">For a person; carries words of the network, so it is text and nothing else.</param>
internal sealed record BookEvent(BookLevel Level, string Area, string? Subject, string Event, string Text)
{
    public string? Reason { get; init; }

    /// <summary>Person or program that wanted it.</summary>
    public string? By { get; init; }

    /// <summary>What the text is made of, by name: a page says it in its own language. Null: the text is all there is.</summary>
    public IReadOnlyDictionary<string, string>? Args { get; init; }

    /// <summary>More than one: that often within a second.</summary>
    public int Count { get; init; } = 1;
}

/// <summary>An event with its place in the book, as the API and live events show it.</summary>
internal sealed record BookRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("ts_us")] long TsUs,
    [property: JsonPropertyName("level")] BookLevel Level,
    [property: JsonPropertyName("area")] string Area,
    [property: JsonPropertyName("subject")] string? Subject,
    [property: JsonPropertyName("event")] string Event,
    [property: JsonPropertyName("text")] string Text,
    [property: JsonPropertyName("reason")] string? Reason,
    [property: JsonPropertyName("by")] string? By,
    [property: JsonPropertyName("count")] int Count)
{
    /// <summary>See <see cref="BookEvent.Args"/>; null in rows of older versions.</summary>
    [JsonPropertyName("args")] public IReadOnlyDictionary<string, string>? Args { get; init; }

    /// <summary>Longest text of a column: a message of the network may have 64 kB.</summary>
    public const int TextCharsMax = 2_000;

    private const int ArgCharsMax = 300;

    public static BookRow Of(long id, long atUs, BookEvent e) =>
        new(id, atUs, e.Level, e.Area, Cut(e.Subject), e.Event, Cut(e.Text)!, Cut(e.Reason), Cut(e.By), e.Count)
        {
            Args = e.Args is { Count: > 0 } args ? args.ToDictionary(a => a.Key, a => a.Value.Length > ArgCharsMax ? a.Value[..ArgCharsMax] + "..." : a.Value) : null,
        };

    private static string? Cut(string? text) => text is { Length: > TextCharsMax } ? text[..TextCharsMax] + "..." : text;
}
