namespace Chorale.Show.Players.Mpv;

/// <summary>The picture of a room: one film or still at a time, with its own sound; the idle picture when there is none. On the player's thread.</summary>
internal sealed class Screen(PlayerOptions options, VideoOutput output, string idlePath, DeckParts parts, Action<PlayerEvent> tell) : IDeckOwner
{
    private bool _isDarknessTold;

    /// <summary>Null: nothing was to be shown yet, and there is nothing to show it on.</summary>
    public Deck? Deck { get; private set; }

    /// <summary>Films play, and nobody sees them.</summary>
    public string? Darkness { get; private set; }

    /// <summary>Where there is a screen it belongs to us at once, with the idle picture on it.</summary>
    public void Begin()
    {
        if (output.HasPicture) Need();
    }

    public void Do(in PlayerWord word)
    {
        switch (word.Verb)
        {
            case PlayerVerb.Play: Play(word.File!); break;
            case PlayerVerb.Stop: Deck?.Empty(); break;
            case PlayerVerb.Pause when Deck?.Load is { IsPicture: false }: Deck.SetPaused(true); break;
            case PlayerVerb.Resume when Deck?.Load is { IsPicture: false }: Deck.SetPaused(false); break;
            case PlayerVerb.Seek when Deck?.Load is { IsPicture: false }: Deck.Seek(word.Number!.Value); break;
            case PlayerVerb.Seek: tell(PlayerEvent.Problem("SEEK: no film is playing")); break;
        }
    }

    /// <summary>The beginning of a film is read from the card now, rather than at its cue.</summary>
    public void Preload(IReadOnlyList<string> names)
    {
        if (names.Count == 0) return;
        Need();
        List<string> paths = [];
        foreach (var name in names)
        {
            if (options.Media.TryFind(MediaKind.Video, name, out var path, out _)) paths.Add(path);
        }

        ThreadPool.UnsafeQueueUserWorkItem(static files => ReadAhead.Warm(files), paths, preferLocal: false);
    }

    public void Up(Deck deck)
    {
    }

    public void Down(Deck deck, DeckLoad? lost, string why)
        => tell(PlayerEvent.Problem(lost is null ? $"picture: {why}" : $"the film '{Shown.Text(lost.Name)}' was cut off: {why}"));

    public void Finished(Deck deck, DeckLoad load) => tell(PlayerEvent.VideoEnd(load.Name));

    public void Failed(Deck deck, DeckLoad load, string why) => tell(PlayerEvent.Problem($"the film '{Shown.Text(load.Name)}' cannot be played: {why}"));

    public void Property(Deck deck, string name, string? value)
    {
        if (name != "current-vo" || value is null || !output.HasPicture) return;
        var before = Darkness;
        Darkness = value == "null" ? $"no picture can be seen: the screen '{Shown.Text(options.Screen)}' cannot be opened" : null;
        if (Darkness is not null && before is null) tell(PlayerEvent.Problem(Darkness));
    }

    private void Play(string name)
    {
        if (!options.Media.TryFind(MediaKind.Video, name, out var path, out var problem))
        {
            tell(PlayerEvent.Problem(problem));
            return;
        }

        var deck = Need();
        if (deck.IsMissing)
        {
            tell(PlayerEvent.Problem($"no picture for '{Shown.Text(name)}': {deck.Problem}"));
            return;
        }

        if (output.Problem is { } darkness && !_isDarknessTold)
        {
            (Darkness, _isDarknessTold) = (darkness, true);
            tell(PlayerEvent.Problem(darkness));
        }

        deck.Open(new DeckLoad(path, name, MediaKind.Video) { IsPlaying = true });
    }

    private Deck Need()
    {
        if (Deck is not null) return Deck;
        List<string> arguments = ["--image-display-duration=inf", "--gapless-audio=no", "--keep-open=no", "--audio-fallback-to-null=yes", .. output.Arguments, .. MpvPlayer.CommonArguments(options)];
        Deck = new Deck(parts, "screen", arguments, ["current-vo"], idlePath, this);
        Deck.Start();
        return Deck;
    }
}
