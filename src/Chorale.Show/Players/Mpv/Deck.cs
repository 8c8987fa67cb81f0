using System.Globalization;

namespace Chorale.Show.Players.Mpv;

/// <summary>What all decks of a player share.</summary>
/// <param name="Heard">Puts a message into the line of the player's thread, which gives it to <see cref="Deck.Hear"/>. Any thread.</param>
/// <param name="Began">mpv says that it plays; on the player's thread.</param>
internal sealed record DeckParts(MpvStarter Starter, string Program, string Folder, TimeSpan HungAfter, TimeProvider Time, Action<DeckNews> Heard, Action<DeckLoad, long> Began);

internal enum DeckNewsKind
{
    Connected,
    Said,
    Ended,
}

/// <param name="Why">Ended: for people.</param>
internal readonly record struct DeckNews(Deck Deck, MpvLife Life, DeckNewsKind Kind, MpvMessage Message, string? Why);

/// <summary>What a deck tells, on the player's thread.</summary>
internal interface IDeckOwner
{
    /// <summary>It runs, and is empty.</summary>
    void Up(Deck deck);

    /// <param name="lost">What it was playing, or was to play.</param>
    /// <param name="why">For people.</param>
    void Down(Deck deck, DeckLoad? lost, string why);

    /// <summary>Played to its end. The deck is empty.</summary>
    void Finished(Deck deck, DeckLoad load);

    /// <summary>It could not be opened, or not played. The deck is empty.</summary>
    void Failed(Deck deck, DeckLoad load, string why);

    void Property(Deck deck, string name, string? value);
}

/// <summary>
/// One mpv that plays one file at a time, kept alive: one that ends or hangs is started again, empty. On the player's thread, which never
/// waits here.
/// </summary>
/// <param name="observed">Properties that the owner is told of.</param>
/// <param name="idlePath">What it shows when nothing is in it; null: nothing.</param>
internal sealed class Deck(DeckParts parts, string name, IReadOnlyList<string> arguments, IReadOnlyList<string> observed, string? idlePath, IDeckOwner owner)
{
    /// <summary>Property of mpv: nothing moves, for whatever reason.</summary>
    private const string CoreIdle = "core-idle";

    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MissingRetry = TimeSpan.FromSeconds(10);

    /// <summary>A life as long as this is worth an immediate restart; shorter ones are waited for longer and longer.</summary>
    private static readonly TimeSpan SoundLife = TimeSpan.FromSeconds(10);

    private MpvLife? _life;
    private int _lives;
    private int _shortLives;
    private long _bornStamp;
    private long _loadRequest = -1;
    private long _startedEntry;
    private long _pingRequest = -1;
    private long _pingStamp;
    private long? _dueStamp;
    private bool _isHung;
    private bool _isEnding;

    public string Name => name;

    public bool IsUp { get; private set; }

    /// <summary>Why it does not run; null while it runs, and before it has run.</summary>
    public string? Problem { get; private set; }

    /// <summary>It cannot run until somebody installs something.</summary>
    public bool IsMissing { get; private set; }

    public DeckLoad? Load { get; private set; }

    /// <summary>Nothing of it runs any more.</summary>
    public bool IsGone => _life is null;

    public int? ProcessId => _life?.ProcessId;

    /// <summary>When <see cref="Tick"/> has something to do.</summary>
    public long? NextDueStamp => _dueStamp;

    public void Start()
    {
        if (MpvStarter.FindProgram(parts.Program) is not { } program)
        {
            _dueStamp = parts.Time.GetTimestamp() + Stamps(MissingRetry);
            if (IsMissing) return;
            IsMissing = true;
            GoDown($"{parts.Program} is missing: install the package mpv");
            return;
        }

        IsMissing = false;
        _dueStamp = null;
        _bornStamp = parts.Time.GetTimestamp();
        // A socket of its own for every life: nobody connects to the one before.
        var socket = Path.Combine(parts.Folder, string.Create(CultureInfo.InvariantCulture, $"{name}-{++_lives}"));
        _life = new MpvLife(socket, parts.Time,
            life => parts.Heard(new DeckNews(this, life, DeckNewsKind.Connected, default, null)),
            (life, message) => parts.Heard(new DeckNews(this, life, DeckNewsKind.Said, message, null)),
            (life, why) => parts.Heard(new DeckNews(this, life, DeckNewsKind.Ended, default, why)));
        _life.Begin(parts.Starter, program, arguments);
    }

    /// <summary>Opens a file and holds it, or plays it as soon as it is open. What was in the deck is gone.</summary>
    public void Open(DeckLoad load)
    {
        Load = load;
        if (IsUp) SendLoad(load);
    }

    /// <summary>What lies ready begins.</summary>
    public void Play(string as_, double level)
    {
        var load = Load!;
        if (load.Level != level) Set("volume", Volume(level));
        Set("pause", "no");
        (load.Name, load.Level, load.IsPlaying, load.IsPaused) = (as_, level, true, false);
        if (load.IsOpen) load.RunningSinceStamp = parts.Time.GetTimestamp();
    }

    public void SetLevel(double level)
    {
        Load!.Level = level;
        Set("volume", Volume(level));
    }

    public void SetPaused(bool isPaused)
    {
        var load = Load!;
        if (load.IsPaused == isPaused) return;
        Set("pause", isPaused ? "yes" : "no");
        var now = parts.Time.GetTimestamp();
        if (isPaused) load.RanBefore = load.PositionAt(now, parts.Time);
        load.IsPaused = isPaused;
        load.RunningSinceStamp = !isPaused && load.IsOpen ? now : null;
    }

    public void Seek(double seconds)
    {
        var load = Load!;
        Send("seek", seconds.ToString("0.###", CultureInfo.InvariantCulture), "absolute+exact");
        load.RanBefore = TimeSpan.FromSeconds(seconds);
        if (load.RunningSinceStamp is not null) load.RunningSinceStamp = parts.Time.GetTimestamp();
    }

    /// <summary>Takes out what is in it.</summary>
    public void Empty()
    {
        if (Load is null) return;
        Load = null;
        if (idlePath is null) Send("stop");
        else Send("loadfile", idlePath, "replace");
    }

    /// <summary>kill -9; it starts no more.</summary>
    public void End()
    {
        _isEnding = true;
        _dueStamp = null;
        _life?.End();
    }

    public void Tick(long nowStamp)
    {
        if (_dueStamp is not { } due || nowStamp < due) return;
        if (_life is null)
        {
            Start();
            return;
        }

        // Who is late itself has not listened either.
        if (parts.Time.GetElapsedTime(due, nowStamp) > TimeSpan.FromSeconds(1))
        {
            _dueStamp = nowStamp + Stamps(TimeSpan.FromSeconds(1));
            return;
        }

        if (_pingRequest >= 0)
        {
            // Neither we nor mpv may have run for a while: only what was asked long ago and not answered counts.
            if (parts.Time.GetElapsedTime(_pingStamp, nowStamp) >= parts.HungAfter)
            {
                _isHung = true;
                _life.End();
                _dueStamp = null;
                return;
            }
        }
        else
        {
            _pingRequest = Send("get_property", "idle-active");
            _pingStamp = nowStamp;
        }

        _dueStamp = nowStamp + Stamps(_pingRequest >= 0 ? parts.HungAfter : PingEvery);
    }

    public void Hear(in DeckNews news)
    {
        if (news.Life != _life) return; // of a life before
        switch (news.Kind)
        {
            case DeckNewsKind.Connected:
                IsUp = true;
                Problem = null;
                _pingRequest = -1;
                _dueStamp = parts.Time.GetTimestamp() + Stamps(PingEvery);
                foreach (var property in observed.Append(CoreIdle)) news.Life.Send(["observe_property", property], 1);
                if (Load is { } waiting) SendLoad(waiting);
                else if (idlePath is not null) Send("loadfile", idlePath, "replace");
                owner.Up(this);
                break;
            case DeckNewsKind.Said: HearMessage(news.Message); break;
            default: HearEnd(news.Why!); break;
        }
    }

    private void HearMessage(in MpvMessage message)
    {
        switch (message.Event)
        {
            case null when message.RequestId == _pingRequest:
                _pingRequest = -1;
                _dueStamp = _pingStamp + Stamps(PingEvery);
                break;
            case null when message.RequestId == _loadRequest && Load is { } load:
                if (message.Error == "success") load.EntryId = message.EntryId;
                else Fail(load, message.Error ?? "no reason given");
                break;
            case "start-file": _startedEntry = message.EntryId; break;
            case "playback-restart" when Load is { } load && load.EntryId == _startedEntry && !load.IsOpen:
                load.IsOpen = true;
                if (load is { IsPlaying: true, IsPaused: false }) Begin(load);
                break;
            case "property-change" when message.Property == CoreIdle:
                // What lay ready moves now; until here it was the moment of the order.
                if (message.Value == "False" && Load is { IsOpen: true, IsPlaying: true, IsPaused: false, RanBefore.Ticks: 0 } ready) Begin(ready);
                break;
            case "end-file" when Load is { } load && load.EntryId == message.EntryId && message.EntryId != 0:
                if (message.Reason == "eof")
                {
                    Load = null;
                    owner.Finished(this, load);
                }
                else if (message.Reason != "quit")
                {
                    Fail(load, message.FileError ?? "it is no sound, film or picture");
                }

                break;
            case "property-change" when message.Property is { } property: owner.Property(this, property, message.Value); break;
        }
    }

    private void HearEnd(string why)
    {
        _life = null;
        IsUp = false;
        if (_isEnding) return;
        var now = parts.Time.GetTimestamp();
        _shortLives = parts.Time.GetElapsedTime(_bornStamp, now) >= SoundLife ? 0 : _shortLives + 1;
        var pause = _shortLives <= 1 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Min(250 << Math.Min(_shortLives - 2, 5), 5_000));
        _dueStamp = now + Stamps(pause);
        GoDown(_isHung ? $"{parts.Program} did not answer for {parts.HungAfter.TotalSeconds:0.#} s and was ended; it is started again" : $"{parts.Program} ended by itself ({why}); it is started again");
        _isHung = false;
    }

    private void GoDown(string why)
    {
        var lost = Load;
        (Load, IsUp, Problem) = (null, false, why);
        owner.Down(this, lost, why);
    }

    private void Begin(DeckLoad load)
    {
        var now = parts.Time.GetTimestamp();
        load.RunningSinceStamp = now;
        parts.Began(load, now);
    }

    private void Fail(DeckLoad load, string why)
    {
        Load = null;
        owner.Failed(this, load, why);
    }

    private void SendLoad(DeckLoad load)
    {
        Set("volume", Volume(load.Level));
        Set("pause", load.IsPlaying && !load.IsPaused ? "no" : "yes");
        _loadRequest = Send("loadfile", load.Path, "replace");
        // mpv goes on to it by itself, without a gap.
        if (idlePath is not null && !load.IsPicture) Send("loadfile", idlePath, "append");
    }

    private void Set(string property, string value) => Send("set", property, value);

    private long Send(params ReadOnlySpan<string> command) => IsUp && _life is { } life ? life.Send(command) : -1;

    /// <summary>mpv's volume is the cube root of the amplitude, in percent; ours is the amplitude, as the original's.</summary>
    private static string Volume(double level) => (100 * Math.Cbrt(level)).ToString("0.###", CultureInfo.InvariantCulture);

    private long Stamps(TimeSpan span) => (long)(span.TotalSeconds * parts.Time.TimestampFrequency);
}
