using Chorale.Protocol;

namespace Chorale.Show.Room;

/// <summary>Notes as events for pages.</summary>
internal sealed class RoomTeller(string room, StageOptions options, TimeProvider time, Action changed) : IJournalReader
{
    private string _scene = "";

    public void Read(IReadOnlyList<RoomNote> notes)
    {
        changed();
        var nowUs = WallTime.ToMicroseconds(time.GetUtcNow());
        foreach (var note in notes)
        {
            if (note is RunBegan began) _scene = began.Name;
            if (Event(note, nowUs) is { } told) options.Told?.Invoke(told);
            if (RoomEvents.Of(room, note, _scene, nowUs) is { } happened) options.Told?.Invoke(happened);
        }
    }

    private StageEvent? Event(RoomNote note, long nowUs) => note switch
    {
        // Refreshes go on for ever, and are no news while they succeed.
        CommandJudged { Command: var c } n when c.Origin != Origin.Refresh || n.Verdict != Feedback.Verdict.Confirmed =>
            new RoomCommandEnded(room, c.Id, c.Topic, Feedback.PrintableText.Of(c.Payload), n.Verdict, n.Reason, n.Took, c.By, nowUs),
        RunBegan n => new RoomRunChanged(room, n.RunId, n.Name, "began", n.By, nowUs),
        StateEntered n => new RoomRunChanged(room, n.RunId, _scene, "state", n.To, nowUs),
        RunEnded n => new RoomRunChanged(room, n.RunId, _scene, "ended", n.Reason, nowUs),
        _ => null,
    };
}
