using System.Text;
using Chorale.Mqtt;
using Chorale.Protocol;
using Chorale.Protocol.Rooms;
using Chorale.Show.Feedback;
using Chorale.Show.Players;

namespace Chorale.Show.Room;

/// <summary>The real world of a room: its broker, its player, its journal. Called on the engine thread.</summary>
internal sealed class RoomOutside(RoomSettings room, MqttClient? mqtt, IRoomPlayer player, StageOptions options, TimeProvider time) : IRoomOutside
{
    /// <summary>A broker that speaks MQTT 5 throws away what it could not hand on by then.</summary>
    private static readonly TimeSpan Expiry = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stopping = new();
    private long _runs;

    /// <summary>Set before the engine starts.</summary>
    public RoomEngine Engine { get; set; } = null!;

    public RoomJournal Journal { get; set; } = null!;

    public required long Born { get; init; }

    public TimeSpan Now => time.GetElapsedTime(Born);

    public string NewRunId() => $"{time.GetUtcNow():yyyyMMdd'T'HHmmss}-{room.Id}-{++_runs}";

    public void Publish(CommandKey key, string topic, string payload, byte[]? correlation)
    {
        if (mqtt is null)
        {
            Engine.Post((m, now) => m.Published(key, false, "no broker is set", now));
            return;
        }

        var message = new MqttMessage(topic, Encoding.UTF8.GetBytes(payload), Qos: 1) { Expiry = Expiry, Correlation = correlation };
        _ = FollowAsync(mqtt.PublishAsync(message), key);
    }

    public void Audio(string words) => player.Audio(words);

    public void Video(string words) => player.Video(words);

    public void Preload(MediaNeed need) => player.Preload(need.Audio, need.Video);

    public void StopPlayer() => player.StopAll();

    public void HoldPlayer(bool hold)
    {
        player.Audio(hold ? "PAUSE" : "RESUME");
        player.Video(hold ? "PAUSE" : "RESUME");
    }

    public void Record(bool start, string runId, string scene)
    {
        if (options.Record is not { } record)
        {
            Note(new RoomProblem(Now, "the scene asks for a recording, and this hub commands no recorders"));
            return;
        }

        _ = Task.Run(async () =>
        {
            try
            {
                var answer = await record(new RecordWish(room.Id, start, runId, scene), _stopping.Token);
                Note(new RecordAnswered(Now, start, answer));
            }
            catch (Exception e)
            {
                Note(new RoomProblem(Now, $"the recording was not {(start ? "started" : "stopped")}: {e.Message}"));
            }
        });
    }

    public void Note(RoomNote note) => Journal.Add(note);

    public void Stop() => _stopping.Cancel();

    /// <summary>What was delivered is judged by the device's answer, where there can be one; the rest is the machine's to hear.</summary>
    private async Task FollowAsync(Task<MqttDelivery> sending, CommandKey key)
    {
        // Never withdrawn: the last publish of a hub that ends is STOP.
        var delivery = await sending.ConfigureAwait(false);
        if (!delivery.IsDelivered) Engine.Post((m, now) => m.Published(key, false, delivery.Reason, now));
    }
}
