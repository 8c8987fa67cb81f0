namespace Chorale.Show.Scenes;

/// <summary>Bounds of scene files. The largest scene known in the field has 3,000 cues in 400 kB.</summary>
public static class SceneLimits
{
    public const int FileBytesMax = 4 * 1024 * 1024;
    public const int DepthMax = 32;

    /// <summary>JSON values of a file: 20,000 cues of five keys, twice over; some 20 MB of memory while it is read.</summary>
    public const int ValuesMax = 250_000;
    public const int StatesMax = 1_000;

    /// <summary>Actions of all states together; at 3 ms apart a minute of them.</summary>
    public const int ActionsMax = 20_000;
    public const int TransitionsMax = 10_000;

    /// <summary>What the broker takes on a control topic (<see cref="Protocol.Limits.ControlBytesMax"/>).</summary>
    public const int MessageBytesMax = Protocol.Limits.ControlBytesMax;
    public const int TopicBytesMax = 1024;
    public const int NameCharsMax = 128;

    /// <summary>Longest wait: a week.</summary>
    public static readonly TimeSpan TimeMax = TimeSpan.FromDays(7);

    /// <summary>Errors, and warnings, named of one file; whoever has more begins with these.</summary>
    public const int ProblemsMax = 200;
}
