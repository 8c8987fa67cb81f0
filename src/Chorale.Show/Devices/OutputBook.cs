using Chorale.Protocol.Rooms;
using Chorale.Show.Feedback;

namespace Chorale.Show.Devices;

/// <summary>
/// What every output of a room shall be and what is confirmed of it; what to send again so that nodes do not switch off by themselves; what
/// differs when a node returns. Pure and single-threaded: time comes in as an argument.
/// </summary>
internal sealed class OutputBook(RoomDevices devices)
{
    /// <summary>Far more than a room has; a scene that makes topics up is stopped from filling the memory.</summary>
    private const int OutputsMax = 2_048;

    private readonly Dictionary<string, Output> _outputs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> _spokenTo = new(StringComparer.Ordinal);
    private readonly HashSet<string> _gone = new(StringComparer.Ordinal);

    public IReadOnlyList<OutputView> Outputs => [.. _outputs.Values.Select(o => o.View()).Concat(Unused()).OrderBy(o => o.Topic, StringComparer.Ordinal)];

    public OutputView? Find(string topic) => _outputs.GetValueOrDefault(topic)?.View();

    /// <summary>When <see cref="DueRefresh"/> has something to do next; null while nothing is on.</summary>
    public TimeSpan? NextRefresh
    {
        get
        {
            TimeSpan? next = null;
            foreach (var output in _outputs.Values)
            {
                if (output.OffAt is { } off && (next is null || off < next)) next = off;
                if (DueAt(output) is { } due && (next is null || due < next)) next = due;
            }

            return next;
        }
    }

    /// <summary>A command is being sent, or would be. Topics that are no outputs (players, STOP, answers) are left out.</summary>
    public void Desired(string topic, string payload, TimeSpan now, OutputSource source = OutputSource.Scene)
    {
        if (!RoomTopics.ExpectsFeedback(topic) || devices.ClassOf(topic) is NodeClass.Button or NodeClass.Player) return;
        if (Of(topic) is not { } output) return;
        output.Want(payload, source, devices.RuleFor(topic).Generation != Generation.None, now);
        _spokenTo[Listener(output)] = now;
    }

    /// <summary>How a command on this topic ended. A verdict on an earlier command than the last one is passed over: the last decides.</summary>
    public void Confirmed(string topic, in CommandEnd end, TimeSpan now)
    {
        if (!_outputs.TryGetValue(topic, out var output) || output.DesiredWord != end.Payload) return;
        switch (end.Verdict)
        {
            case Verdict.Confirmed:
                if (output.Node is { } alive) _gone.Remove(alive);
                output.Confirm(end.Word switch { FeedbackWord.Active => true, FeedbackWord.Inactive => false, _ => null }, now);
                break;
            case Verdict.Superseded:
                break;
            default:
                output.Fail(StateOf(end.Verdict), now);
                break;
        }
    }

    /// <summary>An answer after the answer, and another one: nobody knows what the output does.</summary>
    public void Odd(in FeedbackOddity odd, TimeSpan now)
    {
        if (odd.Kind == OddityKind.Contradicted && odd.CommandTopic is { } topic && _outputs.TryGetValue(topic, out var output)) output.Fail(OutputState.Contradicted, now);
    }

    /// <summary>
    /// Our connection ended, and with it the nodes' own, perhaps: real ones then switch everything off. Nothing is known, and nobody is
    /// gone: whoever shall be on is refreshed once there is a broker again.
    /// </summary>
    public void LinkLost(TimeSpan now)
    {
        foreach (var output in _outputs.Values) output.NodeGone(now);
    }

    /// <summary>Its Will, or its silence.</summary>
    public void NodeGone(string node, TimeSpan now)
    {
        _gone.Add(node);
        foreach (var output in _outputs.Values)
        {
            if (output.Node == node) output.NodeGone(now);
        }
    }

    /// <summary>It is there again, with whatever its outputs do now: usually off.</summary>
    /// <returns>What is wanted on and not known to be; the room shows it and, by its policy, sends it again.</returns>
    public IReadOnlyList<OutputDifference> NodeBack(string node, TimeSpan now)
    {
        _gone.Remove(node);
        var differences = new List<OutputDifference>();
        foreach (var output in _outputs.Values)
        {
            if (output.Node != node) continue;
            output.NodeBack(now);
            // What goes off by itself is not switched on again for being missed.
            if (output is { Differs: true, Desired: { } wanted, MomentaryFor: null }) differences.Add(new OutputDifference(output.Topic, output.FullWord, wanted, output.Confirmed, node));
        }

        return differences;
    }

    /// <summary>STOP: nothing is wanted on any more. What is confirmed waits for the verdict on the STOP.</summary>
    public void AllOff(TimeSpan now)
    {
        foreach (var output in _outputs.Values) output.Off(OutputSource.Stop, now);
    }

    /// <summary>The STOP was confirmed by every node: what was on is off.</summary>
    public void StopConfirmed(TimeSpan now)
    {
        foreach (var output in _outputs.Values)
        {
            if (output is { Source: OutputSource.Stop, State: OutputState.Unknown, IsStale: false }) output.Confirm(false, now);
        }
    }

    /// <summary>Commands to send again now, one for each node that would else switch everything off by itself. Counts as sent.</summary>
    /// <param name="resend">Filled with topic and payload.</param>
    public void DueRefresh(TimeSpan now, ICollection<(string Topic, string Payload)> resend)
    {
        foreach (var output in _outputs.Values)
        {
            if (output.OffAt <= now) output.Off(OutputSource.AutoOff, now);
        }

        foreach (var output in _outputs.Values)
        {
            if (DueAt(output) is not { } due || due > now) continue;
            _spokenTo[Listener(output)] = now;
            resend.Add((output.Topic, output.DesiredWord!));
        }
    }

    /// <summary>Null: not to be refreshed. Momentary effects never are, nor what was refused, nor what nobody would hear.</summary>
    private TimeSpan? DueAt(Output output)
    {
        if (output.Desired != true || output.DesiredWord is null || output.MomentaryFor is not null || output.Refresh is not { } interval) return null;
        if (output.State is OutputState.Refused or OutputState.Pending || (output.Node is { } node && _gone.Contains(node))) return null;
        return _spokenTo.TryGetValue(Listener(output), out var last) ? last + interval : null;
    }

    /// <summary>Who starts its dead-man anew at a command: the node, or the topic as long as no node is known for it.</summary>
    private static string Listener(Output output) => output.Node ?? output.Topic;

    private Output? Of(string topic)
    {
        if (_outputs.TryGetValue(topic, out var known)) return known;
        if (_outputs.Count >= OutputsMax) return null;
        return _outputs[topic] = new Output(topic, devices);
    }

    /// <summary>Named outputs nothing was sent to yet.</summary>
    private IEnumerable<OutputView> Unused() =>
        devices.Outputs.Where(o => !_outputs.ContainsKey(o.Topic)).Select(o => new Output(o.Topic, devices).View());

    private static OutputState StateOf(Verdict verdict) => verdict switch
    {
        Verdict.Refused => OutputState.Refused,
        Verdict.TimedOut => OutputState.TimedOut,
        Verdict.Ambiguous => OutputState.Ambiguous,
        Verdict.Contradicted => OutputState.Contradicted,
        Verdict.LostLink => OutputState.LostLink,
        Verdict.Cancelled => OutputState.Cancelled,
        Verdict.Simulated => OutputState.Simulated,
        _ => OutputState.Unknown,
    };
}
