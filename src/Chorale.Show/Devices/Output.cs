using Chorale.Protocol.Rooms;

namespace Chorale.Show.Devices;

/// <summary>One output of a room. Belongs to <see cref="OutputBook"/>.</summary>
internal sealed class Output(string topic, RoomDevices devices)
{
    private readonly RoomNode? _node = devices.NodeFor(topic);

    public string Topic => topic;

    public string? Node { get; } = devices.NodeOf(topic);

    public TimeSpan? MomentaryFor { get; } = devices.NodeFor(topic) is { } n && n.Momentary.TryGetValue(topic, out var length) ? length : null;

    public TimeSpan? Refresh { get; } = devices.NodeFor(topic) is { } n ? n.Refresh : RoomNode.RefreshUnsaid;

    public string? DesiredWord { get; private set; }

    public bool? Desired { get; private set; }

    public bool? Confirmed { get; private set; }

    public OutputState State { get; private set; }

    public OutputSource Source { get; private set; }

    public TimeSpan Since { get; private set; }

    public bool IsStale { get; private set; }

    /// <summary>What its motor was told since it was last switched on, as one command.</summary>
    public MotorWords? Motor { get; private set; }

    /// <summary>When it will have gone off by itself.</summary>
    public TimeSpan? OffAt { get; private set; }

    /// <summary>What brings it from standing still into the wanted state.</summary>
    public string FullWord => Motor is { IsOn: true, Direction: not null, SpeedPercent: not null } motor ? motor.ToOn() : DesiredWord ?? "";

    /// <summary>The wanted state is not known to be real, and no answer about it is awaited.</summary>
    public bool Differs => Desired is { } wanted && State != OutputState.Pending && (Confirmed != wanted || IsStale) && State is not (OutputState.Unconfirmable or OutputState.Simulated);

    public void Want(string payload, OutputSource source, bool isAnswered, TimeSpan now)
    {
        DesiredWord = payload;
        var motor = devices.ClassOf(topic) == NodeClass.Motor || payload.Contains(':', StringComparison.Ordinal) ? MotorWords.Read(payload) : null;
        if (RoomWords.Output(payload) is { } wanted) Desired = wanted;
        if (motor is { } words)
        {
            Motor = words.IsOn is not null || Motor is null
                ? words
                : Motor.Value with { SpeedPercent = words.SpeedPercent ?? Motor.Value.SpeedPercent, Direction = words.Direction ?? Motor.Value.Direction };
        }

        Source = source;
        OffAt = Desired == true && MomentaryFor is { } length ? now + length : null;
        To(isAnswered ? OutputState.Pending : OutputState.Unconfirmable, now);
    }

    /// <param name="isOn">What the answer says itself; null: that it did as told.</param>
    public void Confirm(bool? isOn, TimeSpan now)
    {
        Confirmed = isOn ?? Desired;
        IsStale = false;
        To(OutputState.Confirmed, now);
    }

    public void Fail(OutputState state, TimeSpan now)
    {
        // Refused: it is as it was. Everything else: it may have done it or not.
        if (state != OutputState.Refused) Confirmed = null;
        To(state, now);
    }

    public void NodeGone(TimeSpan now)
    {
        IsStale = true;
        Confirmed = null;
        OffAt = null;
        To(OutputState.Stale, now);
    }

    public void NodeBack(TimeSpan now)
    {
        IsStale = false;
        if (State == OutputState.Stale) To(OutputState.Unknown, now);
    }

    public void Off(OutputSource source, TimeSpan now)
    {
        (Desired, DesiredWord, Source, OffAt) = (false, "OFF", source, null);
        if (Motor is { } motor) Motor = motor with { IsOn = false };
        if (source == OutputSource.AutoOff) Confirmed = null;
        To(OutputState.Unknown, now);
    }

    public OutputView View() => new(
        topic, devices.Named(topic)?.Title, devices.ClassOf(topic), devices.Named(topic)?.Words ?? Words(), DesiredWord, Desired, Confirmed, State, Source, Since, IsStale, Node,
        Differs, Motor?.Direction, Motor?.SpeedPercent);

    private IReadOnlyList<string> Words() => _node?.Class switch
    {
        NodeClass.Motor => ["ON:50:L", "ON:50:R", "OFF"],
        NodeClass.Button or NodeClass.Player => [],
        _ => ["ON", "OFF"],
    };

    private void To(OutputState state, TimeSpan now) => (State, Since) = (state, now);
}
