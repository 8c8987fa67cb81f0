namespace Chorale.Show.Players;

/// <summary>Words from a network or a file, as they may stand in a message for people: bounded, on one line.</summary>
internal static class Shown
{
    private const int CharactersMax = 80;

    public static string Text(string words)
    {
        var cut = words.Length > CharactersMax ? string.Concat(words.AsSpan(0, CharactersMax), "...") : words;
        return cut.AsSpan().ContainsAnyInRange('\0', '\x1f') ? string.Create(cut.Length, cut, static (to, from) =>
        {
            for (var i = 0; i < to.Length; i++) to[i] = char.IsControl(from[i]) ? '?' : from[i];
        }) : cut;
    }
}
