namespace Chorale.Show.Players.Mpv;

/// <summary>What a deck holds, as far as the choice of one is concerned.</summary>
/// <param name="Path">Null: nothing.</param>
/// <param name="Order">Of those that play: rises with every start.</param>
internal readonly record struct DeckContent(bool IsUp, string? Path, bool IsOpen, bool IsPlaying, bool IsMusic, long Order);

/// <summary>Which deck takes the next sound, and what the others hold ready. Pure.</summary>
internal static class DeckPlan
{
    /// <summary>
    /// The deck for a sound: one that holds it ready, an empty one, the one that holds what is wanted least, one that is starting.
    /// </summary>
    /// <returns>-1: every deck is playing.</returns>
    public static int Choose(ReadOnlySpan<DeckContent> decks, string path, IReadOnlyList<string> wanted)
    {
        var (best, bestRank) = (-1, int.MaxValue);
        for (var i = 0; i < decks.Length; i++)
        {
            var rank = RankOf(decks[i], path, wanted);
            if (rank < bestRank) (best, bestRank) = (i, rank);
        }

        return best;
    }

    /// <summary>The deck that gives way when all are playing: music for music, else the oldest effect.</summary>
    /// <returns>-1: none does.</returns>
    public static int GiveWay(ReadOnlySpan<DeckContent> decks, bool isMusic)
    {
        var (best, bestOrder) = (-1, long.MaxValue);
        for (var i = 0; i < decks.Length; i++)
        {
            if (!decks[i].IsPlaying) continue;
            if (isMusic && decks[i].IsMusic) return i;
            if (!decks[i].IsMusic && decks[i].Order < bestOrder) (best, bestOrder) = (i, decks[i].Order);
        }

        return best;
    }

    /// <summary>What is to be opened now so that the first of the wanted lie ready in the decks that do not play.</summary>
    public static IReadOnlyList<(int Deck, string Path)> Prepare(ReadOnlySpan<DeckContent> decks, IReadOnlyList<string> wanted)
    {
        var free = 0;
        foreach (var deck in decks) free += IsFree(deck) ? 1 : 0;
        var first = wanted.Take(free).ToList();
        List<string> missing = [.. first];
        foreach (var deck in decks)
        {
            if (IsFree(deck) && deck.Path is { } held) missing.Remove(held);
        }

        List<(int, string)> openings = [];
        HashSet<string> kept = [];
        for (var i = 0; i < decks.Length && openings.Count < missing.Count; i++)
        {
            if (!IsFree(decks[i]) || (decks[i].Path is { } held && first.Contains(held) && kept.Add(held))) continue;
            openings.Add((i, missing[openings.Count]));
        }

        return openings;
    }

    private static bool IsFree(in DeckContent deck) => deck is { IsUp: true, IsPlaying: false };

    private static int RankOf(in DeckContent deck, string path, IReadOnlyList<string> wanted)
    {
        if (deck.IsPlaying) return int.MaxValue;
        if (!deck.IsUp) return 1_000_000;
        if (deck.Path is null) return 2;
        if (deck.Path == path) return deck.IsOpen ? 0 : 1;
        for (var i = 0; i < wanted.Count; i++)
        {
            if (wanted[i] == deck.Path) return 100_000 - i;
        }

        return 3;
    }
}
