using System.Text.Json.Serialization;
using Chorale.Protocol;

namespace Chorale.Show.Devices;

/// <summary>What is believed of a node: from what it says now, from its Will and from silence; never from a retained word.</summary>
[JsonConverter(typeof(SnakeCaseEnum<DevicePresence>))]
internal enum DevicePresence
{
    /// <summary>Known from an earlier time or from a retained word; not heard in this session.</summary>
    Unknown,
    Online,

    /// <summary>It beats, and has been silent for more than 2.5 of its periods.</summary>
    Late,

    /// <summary>It or its Will said so.</summary>
    Offline,

    /// <summary>It beats, and has been silent for more than 4 of its periods.</summary>
    Lost,
}

/// <summary>Kinds of <see cref="DeviceChange"/>.</summary>
internal enum DeviceChangeKind
{
    Presence,
    AlarmRaised,
    AlarmEnded,

    /// <summary>Added, cleared, or told anew what it is: the list is to be read again.</summary>
    Listed,
}

/// <param name="Alarm"><c>flapping</c> or <c>double_id</c>; null for a change of presence.</param>
/// <param name="Reason">In words.</param>
internal sealed record DeviceChange(string Id, DeviceChangeKind Kind, DevicePresence From, DevicePresence To, string? Alarm, string Reason)
{
    public bool IsGone => Kind == DeviceChangeKind.Presence && To is DevicePresence.Offline or DevicePresence.Lost;

    public bool IsBack => Kind == DeviceChangeKind.Presence && To == DevicePresence.Online && From is not DevicePresence.Late;
}

/// <param name="StartedAt">Wall time: when it was last heard, or when its Will came.</param>
/// <param name="EndedAt">Null while it lasts.</param>
internal sealed record DeviceOutage(DateTimeOffset StartedAt, DateTimeOffset? EndedAt, TimeSpan Length);

/// <summary>One node as it is known at an instant.</summary>
/// <param name="Word">The last word on its status topic, as it said it.</param>
/// <param name="IsRetainedWord">That word was kept by the broker: it tells what was, not what is.</param>
/// <param name="Period">Between two of its beats, learned; null: it does not beat, or not long enough to know.</param>
/// <param name="Session">Rises each time it comes back.</param>
/// <param name="OutageTotal">Of those that have ended.</param>
/// <param name="OpenOutageAt">Since when it is away.</param>
internal sealed record DeviceView(
    string Id, DevicePresence Presence, string Reason, DateTimeOffset? LastSeenAt, string? Word, bool IsRetainedWord, TimeSpan? Period, long Session,
    int Outages, TimeSpan OutageTotal, DateTimeOffset? OpenOutageAt, IReadOnlyList<DeviceOutage> LastOutages, bool IsFlapping, bool IsDoubleId);

/// <summary>What a message on <c>devices/&lt;id&gt;/status</c> was.</summary>
internal enum DeviceHearing
{
    Presence,

    /// <summary>OK or ERROR: an answer to a command; the node lives, by the way.</summary>
    Confirmation,

    /// <summary>Another word, or none: counted.</summary>
    Unreadable,

    /// <summary>Not a name, or one too many: counted.</summary>
    Refused,
}
