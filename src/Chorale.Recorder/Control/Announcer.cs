using Chorale.Mqtt;
using Chorale.Protocol.Modules;
using Chorale.Recorder.Recording;

namespace Chorale.Recorder.Control;

/// <summary>
/// Tells the end of every recording until a broker has acknowledged it and had somebody to give it to: at once, at the next connection, after a
/// restart. At least once, and hardly ever twice. While nobody listens only the oldest is offered, again and again. Thread-safe.
/// </summary>
/// <param name="folder">Remembers what is still to be told.</param>
/// <param name="isRecording">A recording is being made, so a file that is not there yet may still come.</param>
/// <param name="send">Publishes; must not wait.</param>
/// <param name="keep">Is given what the module waits for before it ends.</param>
internal sealed class Announcer(ModuleFolder folder, Func<bool> isRecording, Func<ModuleData, Task<MqttDelivery>> send, Action<Task> keep, TimeProvider time)
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly HashSet<string> _inFlight = [];
    private long _triedStamp = time.GetTimestamp();
    private volatile bool _isAlone;

    public void Announce(string path, ModuleData data)
    {
        lock (_gate)
        {
            if (!_inFlight.Add(path)) return;
        }

        keep(ForgetWhenTakenAsync(path, send(data)));
    }

    /// <summary>Ends that no broker has heard of: from before the connection was lost, or from before a crash.</summary>
    public void AnnounceLeftOver()
    {
        _triedStamp = time.GetTimestamp();
        foreach (var path in folder.Unannounced())
        {
            if (Announcement.Read(path) is { } result)
            {
                Announce(path, Announcement.Of(result, time.GetUtcNow()));
                if (_isAlone) return;
            }
            else if (!File.Exists(path + RecordingFiles.PartSuffix) && !isRecording())
            {
                folder.Forget(path);
            }
        }
    }

    /// <summary>Now and then while connected: a broker may have refused one, or had nobody to give it to.</summary>
    public void Retry()
    {
        if (time.GetElapsedTime(_triedStamp) >= RetryInterval) AnnounceLeftOver();
    }

    private async Task ForgetWhenTakenAsync(string path, Task<MqttDelivery> sent)
    {
        var delivery = await sent;
        var isHeard = delivery.IsDelivered && !delivery.NobodyListens;
        if (isHeard) folder.Forget(path);
        lock (_gate) _inFlight.Remove(path);
        var wasAlone = _isAlone;
        _isAlone = delivery.NobodyListens;
        if (wasAlone && isHeard) AnnounceLeftOver();
    }
}
