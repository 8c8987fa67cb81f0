using System.Text;
using Chorale.Protocol.Rooms;
using Chorale.Show.Devices;
using Chorale.Show.Feedback;
using Chorale.Show.Scenes;

namespace Chorale.Show.Room;

/// <summary>
/// Plays a scene to nobody before the doors open, so that the code of the first real cue is compiled: without it that cue leaves some
/// fifty milliseconds late.
/// </summary>
internal sealed class Rehearsal : IRoomOutside
{
    private static readonly byte[] Scene = Encoding.UTF8.GetBytes("""
        {"sceneId":"rehearsal","initialState":"A","globalEvents":[{"type":"timeout","delay":9,"goto":"END"}],"states":{
          "A":{"onEnter":[{"action":"mqtt","topic":"r/a","message":"ON"},{"action":"audio","message":"PLAY:a"},{"action":"video","message":"a"}],
               "timeline":[{"at":0.1,"action":"mqtt","topic":"r/b","message":"ON"}],
               "transitions":[{"type":"mqttMessage","topic":"r/go","message":"1","goto":"B"}]},
          "B":{"onExit":[{"action":"mqtt","topic":"r/a","message":"OFF"}],"transitions":[{"type":"audioEnd","target":"a","goto":"C"}]},
          "C":{"transitions":[{"type":"timeout","delay":1,"goto":"END"}]}}}
        """);

    private RoomMachine _machine = null!;

    private Rehearsal()
    {
    }

    public TimeSpan Now => _machine.Now;

    public static void Play()
    {
        var rehearsal = new Rehearsal();
        var machine = rehearsal._machine = new RoomMachine(new RoomSettings { Id = "r", Folder = "r" }, RoomDevices.None("r"), rehearsal);
        var ok = Encoding.UTF8.GetBytes("OK");
        machine.LinkUp(TimeSpan.Zero);
        machine.Run(new RunRequest(SceneFile.Read(Scene, "rehearsal").Scene!, "rehearsal", "nobody"), At(0));
        machine.Heard("r/a" + RoomTopics.FeedbackEnd, ok, null, false, At(50));
        machine.Advance(At(200));
        machine.Heard("r/go", "1"u8.ToArray(), null, false, At(300));
        machine.MediaEnded(SceneEventKind.AudioEnd, "a", At(400));
        machine.Advance(At(3_000));
        machine.Heard("r/STOP" + RoomTopics.FeedbackEnd, ok, null, false, At(3_050));
        machine.LinkDown(isSimulated: false, "the end of the rehearsal", At(4_000));
        machine.Advance(At(10_000));
    }

    public string NewRunId() => "rehearsal";

    public void Publish(CommandKey key, string topic, string payload, byte[]? correlation)
    {
    }

    public void Audio(string words)
    {
    }

    public void Video(string words)
    {
    }

    public void Preload(MediaNeed need)
    {
    }

    public void StopPlayer()
    {
    }

    public void HoldPlayer(bool hold)
    {
    }

    public void Record(bool start, string runId, string scene)
    {
    }

    public void Note(RoomNote note)
    {
    }

    private static TimeSpan At(int ms) => TimeSpan.FromMilliseconds(ms);
}
