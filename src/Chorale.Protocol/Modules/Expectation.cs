using System.Text.Json;

namespace Chorale.Protocol.Modules;

/// <summary>
/// Settings as somebody saw them before changing them: <c>{"samplerate":48000,"device":null}</c>. A change that rests on what is no longer so
/// is refused, so that of two people who press at once the second does not undo what he has not seen.
/// </summary>
public static class Expectation
{
    /// <param name="expect">An object; keys that are not in <paramref name="now"/> and null count as not set.</param>
    /// <param name="now">What is in force; an object, or undefined when nothing is known.</param>
    /// <returns>What is different, in words; null when nothing is.</returns>
    public static string? Problem(JsonElement expect, JsonElement now)
    {
        var differing = expect.EnumerateObject()
            .Select(seen => (seen.Name, Seen: Text(seen.Value), Now: now.ValueKind == JsonValueKind.Object && now.TryGetProperty(seen.Name, out var value) ? Text(value) : null))
            .Where(d => d.Seen != d.Now).Take(8).ToList();
        return differing.Count == 0 ? null
            : "changed meanwhile: " + string.Join(", ", differing.Select(d => $"{Cut(d.Name)} is {Cut(d.Now ?? "not set")}, not {Cut(d.Seen ?? "not set")} as it was when this was asked for"));
    }

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.String => WireObject.TextOf(value) ?? "",
        _ => value.GetRawText(),
    };

    private static string Cut(string text) => text.Length <= 60 ? text : text[..60] + "...";
}
