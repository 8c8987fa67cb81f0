namespace Chorale.Show.Players.Mpv;

/// <summary>
/// The sounds of a room: one stream of music, and effects (names that begin with sfx_) over it and over each other. Each sounds in a deck
/// of its own; the decks that do not play hold ready what is likely to come. On the player's thread.
/// </summary>
internal sealed class SoundDecks : IDeckOwner
{
    private const int DecksAtStart = 3;
    private const string EffectPrefix = "sfx_";

    private readonly PlayerOptions _options;
    private readonly DeckParts _parts;
    private readonly Action<PlayerEvent> _tell;
    private readonly List<Deck> _decks = [];
    private readonly Dictionary<DeckLoad, long> _order = [];
    private readonly Dictionary<string, string> _known = new(StringComparer.Ordinal); // names of the last preload: no look at the disk at their cue
    private readonly HashSet<string> _broken = [];
    private List<string> _wanted = [];
    private double _musicLevel = 1;
    private long _starts;

    public SoundDecks(PlayerOptions options, DeckParts parts, Action<PlayerEvent> tell)
        => (_options, _parts, _tell) = (options, parts, tell);

    public void Begin()
    {
        while (_decks.Count < Math.Min(DecksAtStart, _options.DecksMax)) Grow();
    }

    public IReadOnlyList<Deck> Decks => _decks;

    /// <summary>No device could be opened though one was wanted.</summary>
    public string? Silence { get; private set; }

    public void Do(in PlayerWord word)
    {
        switch (word.Verb)
        {
            case PlayerVerb.Play: Play(word.File!, word.Number); break;
            case PlayerVerb.Stop: Stop(word.File); break;
            case PlayerVerb.Pause or PlayerVerb.Resume:
                foreach (var deck in _decks.Where(IsPlaying)) deck.SetPaused(word.Verb == PlayerVerb.Pause);
                break;
            case PlayerVerb.Volume:
                _musicLevel = word.Number!.Value;
                foreach (var deck in _decks.Where(IsMusic)) deck.SetLevel(_musicLevel);
                break;
        }
    }

    /// <summary>Everything off, and the volume as it was at the start.</summary>
    public void StopAll()
    {
        _musicLevel = 1;
        Stop(null);
    }

    public void Preload(IReadOnlyList<string> names)
    {
        _known.Clear();
        _broken.Clear();
        List<string> wanted = [];
        foreach (var name in names.Concat(_options.Media.List(MediaKind.Audio, 1000).Where(IsEffect)))
        {
            // What is not there is said when its cue comes; the scene's check has said it before.
            if (!_options.Media.TryFind(MediaKind.Audio, name, out var path, out _)) continue;
            _known[name] = path;
            if (!wanted.Contains(path)) wanted.Add(path);
        }

        _wanted = wanted;
        // A file that was replaced meanwhile is opened anew.
        foreach (var deck in _decks.Where(d => d.Load is { IsPlaying: false } load && load.WrittenAt != File.GetLastWriteTimeUtc(load.Path))) deck.Empty();
        Prepare();
    }

    public void Up(Deck deck)
    {
        Prepare();
        if (_decks.Count < _options.DecksMax && _decks.All(d => d.IsUp) && _decks.Count(d => !IsPlaying(d)) < _wanted.Count) Grow();
    }

    public void Down(Deck deck, DeckLoad? lost, string why)
    {
        if (lost is { IsPlaying: true })
        {
            _order.Remove(lost);
            _tell(PlayerEvent.Problem($"the sound '{Shown.Text(lost.Name)}' was cut off: {why}"));
        }
        else if (!deck.IsMissing || _decks.Count(d => d.IsMissing) <= 1)
        {
            _tell(PlayerEvent.Problem($"sound: {why}")); // once, though every deck misses the same program
        }
    }

    public void Finished(Deck deck, DeckLoad load)
    {
        _order.Remove(load);
        if (load.IsPlaying) _tell(PlayerEvent.AudioEnd(load.Name));
        Prepare();
    }

    public void Failed(Deck deck, DeckLoad load, string why)
    {
        _order.Remove(load);
        _broken.Add(load.Path);
        _tell(PlayerEvent.Problem($"the sound '{Shown.Text(load.Name)}' cannot be played: {why}"));
        Prepare();
    }

    public void Property(Deck deck, string name, string? value)
    {
        if (name != "current-ao" || value is null) return;
        var before = Silence;
        Silence = value != "null" || _options.AudioOutput == "null" ? null
            : $"no sound can be heard: {(_options.AudioDevice is { } device ? $"the output '{Shown.Text(device)}'" : "an output")} cannot be opened, or not by several at once";
        if (Silence is not null && before is null) _tell(PlayerEvent.Problem(Silence));
    }

    private static bool IsPlaying(Deck deck) => deck.Load is { IsPlaying: true };

    private static bool IsMusic(Deck deck) => deck.Load is { IsPlaying: true, IsMusic: true };

    private static bool IsEffect(string name) => name.AsSpan(name.LastIndexOf('/') + 1).StartsWith(EffectPrefix, StringComparison.OrdinalIgnoreCase);

    private void Play(string name, double? level)
    {
        if (!_known.TryGetValue(name, out var path) && !_options.Media.TryFind(MediaKind.Audio, name, out path, out var problem))
        {
            _tell(PlayerEvent.Problem(problem!));
            return;
        }

        var isMusic = !IsEffect(name);
        var musicBefore = isMusic ? _decks.Find(IsMusic) : null;
        if (DeckFor(path, name, isMusic) is not { } deck) return;
        var loudness = level ?? (isMusic ? _musicLevel : 1);
        if (deck.Load is { IsPlaying: false } ready && ready.Path == path)
        {
            ready.IsMusic = isMusic;
            deck.Play(name, loudness);
        }
        else
        {
            deck.Open(new DeckLoad(path, name, MediaKind.Audio) { IsPlaying = true, IsMusic = isMusic, Level = loudness });
        }

        _order[deck.Load!] = ++_starts;
        // After the new one has begun: its start is what somebody waits for.
        if (musicBefore is not null && musicBefore != deck) Silent(musicBefore);
        Prepare();
    }

    private Deck? DeckFor(string path, string name, bool isMusic)
    {
        var contents = Contents();
        var index = DeckPlan.Choose(contents, path, _wanted);
        if (index >= 0 && _decks[index].IsMissing)
        {
            _tell(PlayerEvent.Problem($"no sound for '{Shown.Text(name)}': {_decks[index].Problem}"));
            return null;
        }

        if (index >= 0) return _decks[index];
        if (_decks.Count < _options.DecksMax) return Grow();
        index = DeckPlan.GiveWay(contents, isMusic);
        if (index < 0)
        {
            _tell(PlayerEvent.Problem($"no sound for '{Shown.Text(name)}': {_decks.Count} at once are all there is"));
            return null;
        }

        var given = _decks[index].Load!;
        _order.Remove(given);
        if (!isMusic || !given.IsMusic) _tell(PlayerEvent.Problem($"'{Shown.Text(given.Name)}' gave way to '{Shown.Text(name)}': {_decks.Count} sounds at once are all there is"));
        return _decks[index];
    }

    /// <param name="file">Null: all.</param>
    private void Stop(string? file)
    {
        string? path = null;
        if (file is not null && !_known.TryGetValue(file, out path)) _options.Media.TryFind(MediaKind.Audio, file, out path, out _);
        foreach (var deck in _decks.Where(IsPlaying).ToList())
        {
            if (file is null || deck.Load!.Name == file || deck.Load.Path == path) Silent(deck);
        }

        Prepare();
    }

    private void Silent(Deck deck)
    {
        _order.Remove(deck.Load!);
        deck.Empty();
    }

    private void Prepare()
    {
        var wanted = _broken.Count == 0 ? _wanted : [.. _wanted.Where(w => !_broken.Contains(w))];
        foreach (var (index, path) in DeckPlan.Prepare(Contents(), wanted))
            _decks[index].Open(new DeckLoad(path, Path.GetFileName(path), MediaKind.Audio));
        // One deck that does not play is always there or on its way.
        if (_decks.Count < _options.DecksMax && _decks.TrueForAll(IsPlaying)) Grow();
    }

    private DeckContent[] Contents()
        => [.. _decks.Select(d => new DeckContent(d.IsUp, d.Load?.Path, d.Load is { IsOpen: true }, IsPlaying(d), IsMusic(d), d.Load is { } load ? _order.GetValueOrDefault(load) : 0))];

    private Deck Grow()
    {
        List<string> arguments =
        [
            "--no-video", "--audio-display=no", "--gapless-audio=no", "--keep-open=no", "--audio-fallback-to-null=yes", "--volume-max=100",
            .. MpvPlayer.CommonArguments(_options),
        ];
        var deck = new Deck(_parts, $"sound{_decks.Count + 1}", arguments, ["current-ao"], null, this);
        _decks.Add(deck);
        deck.Start();
        return deck;
    }
}
