namespace Chorale.Show.Players;

/// <summary>Words from a network or a file, as they may stand in a message for people: bounded, on one line.</summary>
internal static class Shown
{
    private const int WordCharacters = 80;
    private const int SentenceCharacters = 400;

    public static string Text(string words) => Cut(words, WordCharacters);

    /// <summary>What another machine says of itself.</summary>
    public static string Sentence(string text) => Cut(text, SentenceCharacters);

    private static string Cut(string words, int max)
    {
        var cut = words.Length > max ? string.Concat(words.AsSpan(0, max), "...") : words;
        return !cut.Any(char.IsControl) ? cut : string.Create(cut.Length, cut, static (to, from) =>
        {
            for (var i = 0; i < to.Length; i++) to[i] = char.IsControl(from[i]) ? '?' : from[i];
        });
    }
}
