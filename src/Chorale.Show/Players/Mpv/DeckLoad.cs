namespace Chorale.Show.Players.Mpv;

/// <summary>A file in a deck, from the order to open it until it is taken out. The deck's thread only.</summary>
internal sealed class DeckLoad(string path, string name, MediaKind kind)
{
    /// <summary>Where it really is.</summary>
    public string Path { get; } = path;

    /// <summary>As the words named it that asked for it last.</summary>
    public string Name { get; set; } = name;

    /// <summary>Of the file that was opened: another one may take its name.</summary>
    public DateTime WrittenAt { get; } = File.GetLastWriteTimeUtc(path);

    public MediaKind Kind { get; } = kind;

    /// <summary>0 to 1 of the amplitude.</summary>
    public double Level { get; set; } = 1;

    /// <summary>It is to be heard or seen; else it only lies ready.</summary>
    public bool IsPlaying { get; set; }

    public bool IsPaused { get; set; }

    /// <summary>The one stream that another takes the place of; effects sound together.</summary>
    public bool IsMusic { get; set; }

    public bool IsPicture { get; } = kind == MediaKind.Video && MediaFolder.IsPicture(path);

    /// <summary>mpv's number for this opening; 0: not said yet.</summary>
    public long EntryId { get; set; }

    /// <summary>Open: it starts without a delay.</summary>
    public bool IsOpen { get; set; }

    /// <summary>Since when it runs; null: it has not begun, or is paused.</summary>
    public long? RunningSinceStamp { get; set; }

    /// <summary>What it had run before that.</summary>
    public TimeSpan RanBefore { get; set; }

    public TimeSpan PositionAt(long stamp, TimeProvider time) => RunningSinceStamp is { } since ? RanBefore + time.GetElapsedTime(since, stamp) : RanBefore;
}
