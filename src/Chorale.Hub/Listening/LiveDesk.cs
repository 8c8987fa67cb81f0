using System.Collections.Concurrent;
using Chorale.Archive.Copies;
using Chorale.Archive.Index;
using Chorale.Fleet;
using Chorale.Fleet.Commands;
using Chorale.Fleet.Presence;
using Chorale.Hub.Access;
using Dapper;

namespace Chorale.Hub.Listening;

/// <summary>Everybody who is heard while being recorded, and everybody who listens; asks recorders for it while somebody does.</summary>
internal sealed class LiveDesk : IAsyncDisposable
{
    /// <summary>Listeners at once: 64 x 100 kB/s is what a hub's line carries beside the uploads.</summary>
    public const int ListenersMax = 64;

    private readonly ArchiveIndex _index;
    private readonly AccessStore _access;
    private readonly FleetController _fleet;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, LiveLine> _lines = new();
    private readonly ConcurrentDictionary<string, LiveDemand> _demands = new();
    private readonly ConcurrentDictionary<string, string> _names = new(); // by device, as they have said
    private readonly Lock _moving = new();
    private readonly CancellationTokenSource _stopping = new();
    private int _listeners;

    public LiveDesk(ArchiveIndex index, AccessStore access, CopyFolder copies, FleetController fleet, TimeProvider time)
    {
        (_index, _access, Copies, _fleet, _time) = (index, access, copies, fleet, time);
        copies.Places = id => access.FindDevice(id) is { } device ? (device.PointId, device.RegisterId) : (null, null);
    }

    public CopyFolder Copies { get; }

    /// <summary>Cancelled when this begins to end.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>The line of a recorder, under the name in its settings or its name in the archive; null when it never was connected.</summary>
    public LiveLine? Find(string id) => _lines.GetValueOrDefault(NameOf(id));

    /// <summary>By name in the archive.</summary>
    public LiveLine? OfDevice(string deviceId) => _lines.Values.FirstOrDefault(l => l.DeviceId == deviceId);

    public IEnumerable<LiveLine> Lines => _lines.Values.OrderBy(l => l.Recorder, StringComparer.Ordinal);

    /// <summary>Under which name the archive has a recorder.</summary>
    public string ArchiveIdOf(string id) =>
        _index.Read(c => c.QueryFirstOrDefault<string>("SELECT recorder_id FROM recorders WHERE recorder_id = @id OR name = @id", new { id })) ?? id;

    public LiveLine LineOf(string recorder) => _lines.GetOrAdd(recorder, name => new LiveLine(name, _time)
    {
        ClockOffsetUs = () => ModuleId.IsValid(name) ? _fleet.Find(new ModuleId(name))?.Clock?.OffsetUs : null,
    });

    /// <summary>Whether there is anybody of this id that could be heard.</summary>
    public bool IsKnown(string id)
    {
        var name = NameOf(id);
        return _lines.ContainsKey(name) || _access.FindDevice(id) is not null || Module(name) is not null
            || _index.Read(c => c.ExecuteScalar<int>("SELECT COUNT(*) FROM recorders WHERE recorder_id = @id OR name = @name", new { id, name })) > 0;
    }

    /// <summary>
    /// Which other device the name belongs to: whose id it is, who is connected under it, who has sent chunks under it. One that can no longer
    /// send, because its token was revoked or never was, has no claim: a recorder that was replaced is heard under its old name. Null: nobody's.
    /// </summary>
    public string? OtherOwner(string deviceId, string recorder)
    {
        if (recorder == deviceId) return null;
        if (_access.FindDevice(recorder) is not null) return recorder;
        if (_lines.TryGetValue(recorder, out var line) && line.DeviceId is { } other && other != deviceId && _access.CanSend(other)) return other;
        return _index.Read(c => c.Query<string>("SELECT recorder_id FROM recorders WHERE recorder_id <> @deviceId AND (name = @recorder OR recorder_id = @recorder)", new { deviceId, recorder }).ToList())
            .Find(_access.CanSend);
    }

    /// <summary>Who listens to this name is told why it stays silent.</summary>
    public void Bar(string recorder, string why)
    {
        if (_lines.TryGetValue(recorder, out var line) && !line.IsThere) line.Barred = why;
    }

    /// <summary>Null: too many listen already.</summary>
    public LiveListener? Join(string id, LiveQuality quality)
    {
        if (Interlocked.Increment(ref _listeners) > ListenersMax || _stopping.IsCancellationRequested)
        {
            Interlocked.Decrement(ref _listeners);
            return null;
        }

        var listener = new LiveListener(quality);
        lock (_moving) Join(listener, LineOf(NameOf(id)));
        return listener;
    }

    public void Leave(LiveListener listener)
    {
        lock (_moving)
        {
            listener.Line!.Remove(listener);
            DemandOf(listener.Line.Recorder).Remove();
        }

        Interlocked.Decrement(ref _listeners);
    }

    /// <summary>
    /// A device says under which name it records. Who asked for the device before anybody knew that listens there from now on; the name that it had before
    /// is forgotten unless something still comes under it or somebody listens, so that a token is worth as many lines as it holds open.
    /// </summary>
    public void Learn(string deviceId, string recorder)
    {
        var before = _names.GetValueOrDefault(deviceId);
        if (deviceId == recorder || before == recorder) return;
        lock (_moving)
        {
            _names[deviceId] = recorder;
            if (before is not null && _lines.TryGetValue(before, out var silent) && !silent.IsThere && silent.Listeners == 0 && DemandOf(before).IsIdle)
            {
                _lines.TryRemove(before, out _);
                _demands.TryRemove(before, out _);
            }

            if (!_lines.TryRemove(deviceId, out var old)) return;
            foreach (var listener in old.TakeAll())
            {
                DemandOf(deviceId).Remove();
                Join(listener, LineOf(recorder));
            }
        }
    }

    private void Join(LiveListener listener, LiveLine line)
    {
        listener.Line = line;
        line.Add(listener);
        DemandOf(line.Recorder).Add();
    }

    public LiveDemand DemandOf(string recorder) => _demands.GetOrAdd(recorder, name => new LiveDemand(name, AskAsync, () => LineOf(name).IsThere, _time, _stopping.Token));

    /// <summary>What is said in answers to uploads of this recorder.</summary>
    public bool IsCommanded(string? recorder) => recorder is not null && Module(recorder) is { IsOnline: true };

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        foreach (var line in _lines.Values) line.Complete();
        foreach (var demand in _demands.Values) await demand.Ended;
    }

    private FleetModule? Module(string name) => ModuleId.IsValid(name) ? _fleet.Find(new ModuleId(name)) : null;

    /// <summary>The name in the recorder's settings behind a name in the archive.</summary>
    private string NameOf(string id)
    {
        if (_names.TryGetValue(id, out var name)) return name;
        if (_lines.ContainsKey(id)) return id;
        return _index.Read(c => c.QueryFirstOrDefault<string>("SELECT name FROM recorders WHERE recorder_id = @id", new { id })) ?? id;
    }

    /// <summary>By the broker where the recorder is there; who is not asks by itself.</summary>
    private async Task AskAsync(string recorder, TimeSpan length, CancellationToken cancel)
    {
        if (Module(recorder) is not { Presence: ModulePresence.Online or ModulePresence.Late }) return;
        var result = (await _fleet.LiveAsync([new ModuleId(recorder)], length, cancel)).Results[0];
        var line = LineOf(recorder);
        if (result.Verdict == Verdict.Refused)
            line.Refusal = result.Reason?.StartsWith("live:", StringComparison.Ordinal) == true ? result.Reason : $"its program does not know how ({result.Reason})";
        else if (result.IsConfirmed) line.Refusal = null;
    }
}
