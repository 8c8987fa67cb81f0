using System.Collections.Concurrent;
using Chorale.Show.Interop;
using Microsoft.Extensions.Logging;

namespace Chorale.Show.Players.Mpv;

/// <summary>A room played by mpv on this machine.</summary>
/// <remarks>
/// One thread owns the decks: words, news of the decks and the ticking of their supervision come to it through one queue. It sends to
/// sockets that never block, looks for files, and waits for nothing else.
/// </remarks>
public sealed class MpvPlayer : IRoomPlayer
{
    /// <summary>A scene has a few words a second; beyond this somebody floods us, and what is dropped is said.</summary>
    private const int WaitingMax = 2_000;

    private const int UntoldMax = 16;

    private readonly PlayerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _folder;
    private readonly ConcurrentQueue<Item> _items = new();
    private readonly CueWait _wait;
    private readonly MpvStarter _starter = new();
    private readonly SoundDecks _sound;
    private readonly Screen _screen;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiting;
    private int _dropped;
    private int _stops; // words from before the last StopAll are not done any more
    private volatile bool _isEnding;
    private volatile Snapshot _snapshot = new(PlayerState.Starting, null, []);
    private volatile Action<PlayerEvent>? _happened;
    private readonly Queue<PlayerEvent> _untold = []; // from before somebody listened
    private string? _lastProblem;

    /// <exception cref="ArgumentException">An option is not allowed; the message says which and what is.</exception>
    public MpvPlayer(PlayerOptions options, TimeProvider time, ILogger logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        if (options.DecksMax is < 1 or > 32) throw new ArgumentException($"decks: {options.DecksMax} is not allowed, 1 to 32 are", nameof(options));
        if (!VideoOutput.TryResolve(options.Screen, options.Displays, out var output, out var problem)) throw new ArgumentException(problem, nameof(options));
        _folder = Directory.CreateTempSubdirectory("chorale-").FullName; // for us alone (0700): who reaches the sockets rules the players
        _wait = new CueWait(time);
        var parts = new DeckParts(_starter, options.Program, _folder, options.HungAfter, time, news => Put(new Item { Kind = ItemKind.News, News = news }), (load, stamp) => Began?.Invoke(load.Name, stamp));
        _sound = new SoundDecks(options, parts, Tell);
        _screen = new Screen(options, output, IdlePath(), parts, Tell);
        Put(new Item { Kind = ItemKind.Preload, First = [], Second = [] });
        new Thread(Run) { Name = "player", IsBackground = true }.Start();
    }

    public Action<PlayerEvent>? Happened
    {
        get => _happened;
        set
        {
            _happened = value;
            _wait.Ring();
        }
    }

    public PlayerView View
    {
        get
        {
            var (snapshot, now) = (_snapshot, _time.GetTimestamp());
            return new PlayerView(PlayerKind.Mpv, snapshot.State, snapshot.Problem, [.. snapshot.Playing.Select(p => p.At(now, _time))]);
        }
    }

    /// <summary>mpv says that a file plays, and when it said so; on the player's thread.</summary>
    internal Action<string, long>? Began { get; set; }

    /// <summary>Of the decks that run.</summary>
    internal IReadOnlyList<int> ProcessIds => _snapshot.ProcessIds;

    /// <summary>It lies ready: its cue needs no disk.</summary>
    internal bool IsReady(string file) => _snapshot.Ready.Contains(file);

    public void Audio(string words) => Say(ItemKind.Audio, words);

    public void Video(string words) => Say(ItemKind.Video, words);

    public void Preload(IReadOnlyList<string> audio, IReadOnlyList<string> video) => Put(new Item { Kind = ItemKind.Preload, First = audio, Second = video });

    public void StopAll()
    {
        Interlocked.Increment(ref _stops);
        Put(new Item { Kind = ItemKind.Stop });
    }

    public async ValueTask DisposeAsync()
    {
        if (_isEnding) return;
        _isEnding = true;
        _wait.Ring();
        await _ended.Task.ConfigureAwait(false);
    }

    internal static IReadOnlyList<string> CommonArguments(PlayerOptions options)
    {
        List<string> arguments =
        [
            // Nothing but the file that was named: no scripts, no neighbours of the file, nothing that a file refers to, no keys.
            "--load-scripts=no", "--ytdl=no", "--osc=no", "--osd-level=0", "--autoload-files=no", "--access-references=no", "--load-unsafe-playlists=no",
            "--input-default-bindings=no", "--input-vo-keyboard=no", "--resume-playback=no", "--stop-screensaver=yes", "--msg-level=all=error",
        ];
        if (options.AudioOutput is { } output) arguments.Add($"--ao={output}");
        if (options.AudioDevice is { } device) arguments.Add($"--audio-device={device}");
        arguments.AddRange(options.MoreArguments);
        return arguments;
    }

    private string IdlePath()
    {
        if (_options.IdleImage is { } name)
        {
            if (_options.Media.TryFind(MediaKind.Video, name, out var found, out var problem)) return found;
            Log.IdleImageMissing(_logger, problem);
        }

        var path = Path.Combine(_folder, "idle.bmp");
        IdleImage.Write(path);
        return path;
    }

    private void Say(ItemKind kind, string words)
    {
        if (Interlocked.Increment(ref _waiting) <= WaitingMax)
        {
            Put(new Item { Kind = kind, Text = words, Stops = Volatile.Read(ref _stops) });
            return;
        }

        Interlocked.Decrement(ref _waiting);
        Interlocked.Increment(ref _dropped);
        _wait.Ring();
    }

    private void Put(in Item item)
    {
        _items.Enqueue(item);
        _wait.Ring();
    }

    private void Run()
    {
        if (RealtimeThread.TryRaise() is { } why) Log.NotRealtime(_logger, "player", why);
        _sound.Begin();
        _screen.Begin();
        while (!_isEnding)
        {
            try
            {
                while (!_isEnding && _items.TryDequeue(out var item)) Do(item);
                if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped) Tell(PlayerEvent.Problem($"{dropped} words for the player were dropped: more than {WaitingMax} were waiting"));
                var now = _time.GetTimestamp();
                foreach (var deck in Decks()) deck.Tick(now);
                Publish();
            }
            catch (Exception e)
            {
                // One word or one player's answer must not end the sound of a room.
                Log.PlayerFailed(_logger, e);
            }

            _wait.WaitUntil(Decks().Min(d => d.NextDueStamp));
        }

        End();
    }

    private IEnumerable<Deck> Decks() => _screen.Deck is { } screen ? _sound.Decks.Append(screen) : _sound.Decks;

    private void Do(in Item item)
    {
        switch (item.Kind)
        {
            case ItemKind.Audio or ItemKind.Video: DoWords(item); break;
            case ItemKind.Preload:
                _sound.Preload(item.First!);
                _screen.Preload(item.Second!);
                break;
            case ItemKind.Stop:
                _sound.StopAll();
                _screen.Do(new PlayerWord(PlayerVerb.Stop));
                break;
            case ItemKind.News:
                item.News.Deck.Hear(item.News);
                break;
        }
    }

    private void DoWords(in Item item)
    {
        Interlocked.Decrement(ref _waiting);
        if (item.Stops != Volatile.Read(ref _stops)) return;
        var isSound = item.Kind == ItemKind.Audio;
        if (!(isSound ? PlayerWords.TryAudio(item.Text!, out var word, out var problem) : PlayerWords.TryVideo(item.Text!, out word, out problem)))
        {
            Tell(PlayerEvent.Problem(problem));
            return;
        }

        if (word.Verb == PlayerVerb.Play) _lastProblem = null;
        if (isSound) _sound.Do(word);
        else _screen.Do(word);
    }

    private void Publish()
    {
        var playing = Decks().Where(d => d.Load is { IsPlaying: true }).Select(d => Playing.Of(d.Load!)).ToList();
        var sounds = _sound.Decks;
        var state = playing.Exists(p => !p.IsPaused) ? PlayerState.Playing
            : playing.Count > 0 ? PlayerState.Paused
            : sounds.Any(d => d.IsUp) ? PlayerState.Idle
            : sounds.Any(d => d.Problem is not null) ? PlayerState.Down
            : PlayerState.Starting;
        var problem = Decks().Select(d => d.Problem).FirstOrDefault(p => p is not null) ?? _sound.Silence ?? _screen.Darkness ?? _lastProblem;
        var snapshot = new Snapshot(state, problem, playing)
        {
            ProcessIds = [.. Decks().Select(d => d.ProcessId).OfType<int>()],
            Ready = [.. Decks().Where(d => d.Load is { IsPlaying: false, IsOpen: true }).Select(d => d.Load!.Name)],
        };
        var before = _snapshot;
        _snapshot = snapshot;
        if (before.State != state || before.Problem != problem || !before.Playing.SequenceEqual(playing) || (_untold.Count > 0 && _happened is not null)) Raise(PlayerEvent.Changed);
    }

    private void Tell(PlayerEvent happened)
    {
        if (happened.Kind == PlayerEventKind.Problem)
        {
            _lastProblem = happened.Text;
            Log.PlayerProblem(_logger, happened.Text);
        }

        Raise(happened);
    }

    private void Raise(PlayerEvent happened)
    {
        if (_happened is not { } listener)
        {
            if (_untold.Count < UntoldMax) _untold.Enqueue(happened);
            return;
        }

        try
        {
            while (_untold.TryDequeue(out var earlier)) listener(earlier);
            listener(happened);
        }
        catch (Exception e)
        {
            Log.PlayerFailed(_logger, e);
        }
    }

    private void End()
    {
        foreach (var deck in Decks()) deck.End();
        var begun = _time.GetTimestamp();
        while (Decks().Any(d => !d.IsGone) && _time.GetElapsedTime(begun) < TimeSpan.FromSeconds(2))
        {
            _wait.WaitUntil(_time.GetTimestamp() + (_time.TimestampFrequency / 100));
            while (_items.TryDequeue(out var item))
            {
                if (item.Kind == ItemKind.News) item.News.Deck.Hear(item.News);
            }
        }

        _starter.Dispose();
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // A leftover in the temporary folder.
        }

        _wait.Dispose();
        _ended.SetResult();
    }

    private enum ItemKind
    {
        Audio,
        Video,
        Preload,
        Stop,
        News,
    }

    private readonly record struct Item
    {
        public ItemKind Kind { get; init; }

        public string? Text { get; init; }

        public int Stops { get; init; }

        public IReadOnlyList<string>? First { get; init; }

        public IReadOnlyList<string>? Second { get; init; }

        public DeckNews News { get; init; }
    }

    private sealed record Snapshot(PlayerState State, string? Problem, IReadOnlyList<Playing> Playing)
    {
        public IReadOnlyList<int> ProcessIds { get; init; } = [];

        public IReadOnlyList<string> Ready { get; init; } = [];
    }

    private sealed record Playing(string File, MediaKind Kind, bool IsPicture, bool IsPaused, long? SinceStamp, TimeSpan RanBefore)
    {
        public static Playing Of(DeckLoad load) => new(load.Name, load.Kind, load.IsPicture, load.IsPaused, load.RunningSinceStamp, load.RanBefore);

        public PlayingFile At(long stamp, TimeProvider time)
            => new(File, Kind, IsPicture || (SinceStamp is null && RanBefore == TimeSpan.Zero) ? null : SinceStamp is { } since ? RanBefore + time.GetElapsedTime(since, stamp) : RanBefore);
    }
}
