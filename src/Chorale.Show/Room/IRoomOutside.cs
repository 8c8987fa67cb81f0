using Chorale.Show.Feedback;

namespace Chorale.Show.Room;

/// <summary>What a room does to the world. Called on the room's engine thread; nothing here waits.</summary>
internal interface IRoomOutside
{
    /// <summary>The clock of <see cref="RoomMachine"/> as it is now: later than the due time of what is being done when the thread came late.</summary>
    TimeSpan Now { get; }

    /// <summary>A new name for a run, unique in this archive of runs.</summary>
    string NewRunId();

    /// <summary>To the broker. How it ended comes back through <see cref="RoomMachine.Published"/>.</summary>
    /// <param name="correlation">For devices that give it back with their answer.</param>
    void Publish(CommandKey key, string topic, string payload, byte[]? correlation);

    /// <param name="words">As in a scene: <c>PLAY:file:0.8</c>.</param>
    void Audio(string words);

    void Video(string words);

    void Preload(MediaNeed need);

    /// <summary>Silence and the idle picture.</summary>
    void StopPlayer();

    /// <summary>Sound and picture stand still, or go on.</summary>
    void HoldPlayer(bool hold);

    /// <summary>A recording of the fleet begins or ends.</summary>
    void Record(bool start, string runId, string scene);

    /// <summary>For log, trace and page, in the order of what happened.</summary>
    void Note(RoomNote note);
}

/// <summary>Files that the next states of a scene can ask for.</summary>
internal sealed record MediaNeed(IReadOnlyList<string> Audio, IReadOnlyList<string> Video);
