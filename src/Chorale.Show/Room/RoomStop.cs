using Chorale.Show.Feedback;

namespace Chorale.Show.Room;

/// <summary>
/// STOP: said at once, said again while not every device has confirmed it, three times in all, 200 ms apart; then reported. Without a broker
/// it is owed, and is the first thing said when there is one.
/// </summary>
internal sealed class RoomStop(IRoomOutside outside, RoomCommands commands)
{
    public const int Tries = 3;

    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>A dead connection is noticed after two keep-alives, 20 s; what was said into it until then was said to nobody.</summary>
    private static readonly TimeSpan LinkDoubt = TimeSpan.FromSeconds(30);

    /// <summary>Nodes look for a broker that came back for at most so long.</summary>
    private static readonly TimeSpan NodeDoubt = TimeSpan.FromSeconds(60);

    private readonly List<Sent> _wishes = [];
    private readonly HashSet<string> _missed = new(StringComparer.Ordinal);
    private TimeSpan _saidLast, _wantedAt;
    private bool _keepsDesired;
    private int _tries = Tries;

    /// <summary>The last one; null: none in this life of the room.</summary>
    public StopState? Last { get; private set; }

    /// <summary>It may still be said again, and would end whatever began now.</summary>
    public bool IsSaying { get; private set; }

    /// <summary>When it is said again, or is through being said.</summary>
    public TimeSpan? NextDue => IsSaying ? _saidLast + Interval : null;

    /// <param name="wish">The command of a person who waits for its verdict.</param>
    public void Say(string by, TimeSpan now, Sent? wish = null)
    {
        if (wish is not null) _wishes.Add(wish);
        _wantedAt = now;
        commands.AllOff(now); // also where it cannot be said yet: nothing wanted before it is sent again after it
        Say(by, now, keepsDesired: false, Tries);
    }

    private void Say(string by, TimeSpan now, bool keepsDesired, int tries)
    {
        (_keepsDesired, _tries) = (keepsDesired, tries);
        _missed.Clear();
        _missed.UnionWith(commands.Away);
        Last = new StopState(by, now, 0, commands.StopExpected, 0, null, null, IsOwed: false);
        if (commands.IsConnected) SayAgain(now);
        else Owe(now);
    }

    /// <summary>After the commands under way have got their verdicts.</summary>
    /// <param name="hasBegun">A scene or a person has switched something since: a STOP that nobody confirmed is past.</param>
    public void LinkLost(TimeSpan now, bool hasBegun)
    {
        if (hasBegun || Last is not { IsOwed: false } last) return;
        var wentNowhere = last.Verdict == Verdict.TimedOut && now - last.At < LinkDoubt;
        if (last.Verdict is null or Verdict.LostLink || wentNowhere) Owe(now);
    }

    /// <summary>
    /// A device returns that may have missed a STOP; some keep their outputs on while they look for the broker. Who was away when it was said
    /// was not waited for, and has missed it even where all others confirmed.
    /// </summary>
    /// <param name="hasBegun">A scene or a person has switched something since, which a STOP would switch off again.</param>
    public void NodeBack(string id, TimeSpan now, bool hasBegun)
    {
        var hasMissed = _missed.Remove(id);
        if (hasBegun || !commands.IsConnected || Last is not { } last || now - _wantedAt >= NodeDoubt) return;
        // While more sayings are to come, the next one is for those as well whom it waits for.
        var isCovered = IsSaying ? last.Said < _tries : last.Verdict is not (null or Verdict.TimedOut or Verdict.LostLink);
        if (isCovered && !hasMissed) return;
        Say(last.By, now, keepsDesired: true, Tries);
    }

    /// <param name="hasRun">A scene has begun without the broker: STOP comes before its first command, and is not repeated into it.</param>
    public void LinkBack(TimeSpan now, bool hasRun)
    {
        if (Last is not { IsOwed: true } owed) return;
        _wantedAt = now;
        // What was wanted since then, while nothing could be sent, is not what this STOP was meant for.
        Say(owed.By, now, keepsDesired: true, hasRun ? 1 : Tries);
    }

    /// <summary>True: it has just come to its end, and others may begin.</summary>
    public bool Advance(TimeSpan now)
    {
        if (NextDue is not { } due || due > now) return false;
        if (Last is { Verdict: null } last && last.Said < _tries) SayAgain(now);
        else IsSaying = false;
        return !IsSaying;
    }

    /// <summary>The end of its tracking.</summary>
    public void Judged(Verdict verdict, int confirmed, string? reason, TimeSpan now)
    {
        if (Last is not { Verdict: null } last) return;
        Last = last with { Verdict = verdict, Confirmed = confirmed, Reason = reason };
        IsSaying = false;
        outside.Note(new StopJudged(now, last.By, verdict, confirmed, last.Expected, reason));
        foreach (var wish in _wishes) commands.Refuse(wish, verdict, reason, now);
        _wishes.Clear();
    }

    private void SayAgain(TimeSpan now)
    {
        (_saidLast, IsSaying) = (now, true);
        Last = Last! with { Said = Last.Said + 1 };
        outside.Note(new StopSaid(now, Last.By, Last.Said, Last.Expected));
        commands.SayStop(Last.Said, now, _keepsDesired);
    }

    private void Owe(TimeSpan now)
    {
        Judged(commands.IsSimulated ? Verdict.Simulated : Verdict.LostLink, 0, "there is no broker; it is the first thing said when there is one", now);
        Last = Last! with { IsOwed = true };
        IsSaying = false;
    }
}

/// <param name="By">Who wanted it.</param>
/// <param name="Said">How often it was said.</param>
/// <param name="Expected">Devices whose confirmation makes it confirmed.</param>
/// <param name="Verdict">Null: not known yet.</param>
/// <param name="IsOwed">Not said, or not to everybody: the broker is gone.</param>
internal sealed record StopState(string By, TimeSpan At, int Said, int Expected, int Confirmed, Verdict? Verdict, string? Reason, bool IsOwed);
