using Chorale.Protocol.Rooms;

namespace Chorale.Simulate;

/// <summary>Which firmware a simulated node has.</summary>
internal enum NodeKind
{
    Relay,
    Motor,
    Button,
}

/// <summary>What is wrong with it: one for each thing that nodes in the field did.</summary>
internal enum NodeLie
{
    None,

    /// <summary>Says OK once a second although nobody asked.</summary>
    Unasked,

    /// <summary>Says OK twice.</summary>
    Twice,

    /// <summary>Says OK and then ERROR.</summary>
    Contradict,

    /// <summary>Answers a command only after the next one on the same topic.</summary>
    Late,

    /// <summary>Answers a millisecond before and after the deadline in turn.</summary>
    Deadline,

    /// <summary>Left an OK with the broker yesterday, retained.</summary>
    Retained,

    /// <summary>Its retained online stands, without a Will; it is dead.</summary>
    Zombie,

    /// <summary>The Will of an earlier connection comes after its new birth.</summary>
    OldWill,

    /// <summary>Two of them share one client id.</summary>
    DoubleId,

    /// <summary>Comes and goes once a second.</summary>
    Flapping,

    /// <summary>Answers nothing where the word should be.</summary>
    Empty,

    /// <summary>Answers 2 MB.</summary>
    Huge,
    NotUtf8,
    DeepJson,

    /// <summary>"OK ", as some firmware says it.</summary>
    Space,

    /// <summary>{"status":"ok"}</summary>
    Json,

    /// <summary>10,000 messages a second.</summary>
    Flood,

    /// <summary>Reboots every 20 s, with its outputs off.</summary>
    Reboot,

    /// <summary>Does what it is told and says ERROR.</summary>
    Error,
}

/// <summary>One simulated node.</summary>
internal sealed record NodePlan
{
    public required string Room { get; init; }

    /// <summary>Its client id and its name in <c>devices/&lt;id&gt;/status</c>.</summary>
    public required string Id { get; init; }

    public NodeKind Kind { get; init; }

    /// <summary>Answers on the room's status and says online once, as the oldest firmware does.</summary>
    public bool IsFirstGeneration { get; init; }

    /// <summary>Below the room; null: those of the real firmware.</summary>
    public IReadOnlyList<string>? Topics { get; init; }

    /// <summary>Zero: once, at boot.</summary>
    public TimeSpan Beat { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Added to every answer.</summary>
    public TimeSpan Slow { get; init; }

    /// <summary>Zero: as measured of real nodes, see <see cref="SimulatedFirmware"/>.</summary>
    public TimeSpan? AnswersAfter { get; init; }

    /// <summary>Obeys and never answers.</summary>
    public bool IsSilent { get; init; }

    /// <summary>Gives correlation data back (MQTT 5); real ones do not.</summary>
    public bool EchoesId { get; init; }

    public NodeLie Lie { get; init; }

    public int Seed { get; init; }

    public string StatusTopic => RoomTopics.DeviceStatus(Id);
}
