using System.Globalization;
using Chorale.Protocol;
using Chorale.Protocol.Rooms;
using Chorale.Show.Feedback;
using Microsoft.Extensions.Logging;

namespace Chorale.Show.Devices;

/// <summary>
/// The nodes of all rooms of a hub: who is there, since when, and how often they were away. Kept in <see cref="DeviceStore"/>, written at
/// most every 2 s. Any thread may call; <see cref="Changed"/> is raised on the caller's thread or the registry's timer, outside the lock.
/// </summary>
internal sealed class DeviceRegistry : IDisposable
{
    /// <summary>Nodes that no room's file names; a museum of forty rooms has a tenth of that. Names beyond are counted, not kept.</summary>
    public const int UnexpectedMax = 2_000;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250), SaveInterval = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, DeviceRecord> _devices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DeviceRecord>.AlternateLookup<ReadOnlySpan<char>> _bySpan;
    private readonly Lock _saving = new();
    private readonly DeviceStore? _store;
    private readonly TimeProvider _time;
    private readonly ILogger _log, _handlerLog;
    private ITimer? _timer;
    private long _savedStamp;
    private int _unexpected;
    private long _unreadable, _refused;
    private bool _isStoreFailing;

    /// <param name="store">Null: nothing is kept. Not owned.</param>
    public DeviceRegistry(DeviceStore? store, TimeProvider time, ILoggerFactory logs)
    {
        (_store, _time, _log, _handlerLog) = (store, time, logs.CreateLogger("mqtt_devices"), logs.CreateLogger("mqtt_handler"));
        _bySpan = _devices.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var known in store?.Load() ?? [])
        {
            var record = new DeviceRecord(known.Id, time);
            record.Restore(known);
            _devices.Add(known.Id, record);
            _unexpected++;
        }
    }

    public event Action<DeviceChange>? Changed;

    public long Unreadable => Interlocked.Read(ref _unreadable);

    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>All that are known, by id.</summary>
    public IReadOnlyList<DeviceView> Devices
    {
        get
        {
            lock (_gate) return [.. _devices.Values.OrderBy(d => d.Id, StringComparer.Ordinal).Select(d => d.View())];
        }
    }

    /// <summary>Those that were heard in this session and are there.</summary>
    public IReadOnlyList<DeviceView> Connected => [.. Devices.Where(d => d.Presence is DevicePresence.Online or DevicePresence.Late)];

    public DeviceView? Find(string id)
    {
        lock (_gate) return _devices.GetValueOrDefault(id)?.View();
    }

    /// <summary>Judges silence and writes what has changed, until disposed.</summary>
    public void Start()
    {
        _savedStamp = _time.GetTimestamp();
        _timer ??= _time.CreateTimer(_ => OnTick(), null, Tick, Tick);
    }

    /// <summary>Nodes of a room's file are listed before they are heard, and have their place.</summary>
    public void Expect(IEnumerable<string> ids)
    {
        lock (_gate)
        {
            foreach (var id in ids.Where(i => RoomNames.IsValid(i)))
            {
                if (_devices.TryGetValue(id, out var known))
                {
                    if (!known.IsExpected) _unexpected--;
                    known.IsExpected = true;
                }
                else
                {
                    _devices.Add(id, new DeviceRecord(id, _time) { IsExpected = true });
                }
            }
        }
    }

    /// <summary>Takes in what came on <c>devices/&lt;id&gt;/status</c>.</summary>
    public DeviceHearing Heard(ReadOnlySpan<char> id, ReadOnlySpan<byte> payload, bool retained)
    {
        if (!RoomNames.IsValid(id)) return Refuse(id);
        var word = RoomWords.Presence(payload);
        if (payload.IsEmpty && retained) return DeviceHearing.Unreadable; // the kept word was deleted
        if (word is PresenceWord.Other or PresenceWord.Unreadable)
        {
            var count = Interlocked.Increment(ref _unreadable);
            if (IsWorthALine(count)) Log.UnknownStatus(_handlerLog, id.ToString(), PrintableText.Of(payload), count);
            return DeviceHearing.Unreadable;
        }

        DeviceRecord record;
        DeviceChange? change;
        bool isNewWord;
        lock (_gate)
        {
            if (!TryPlace(id, out record!)) return Refuse(id);
            var text = word.ToString().ToLowerInvariant();
            isNewWord = word is PresenceWord.Online or PresenceWord.Offline && (record.Word != text || record.IsRetainedWord) && !retained;
            change = word is PresenceWord.Ok or PresenceWord.Error ? retained ? null : record.Spoke() : record.Heard(word, text, retained);
        }

        if (isNewWord) Log.DeviceStatus(_log, record.Id, record.Word!);
        Tell(record, change);
        return word is PresenceWord.Ok or PresenceWord.Error ? DeviceHearing.Confirmation : DeviceHearing.Presence;
    }

    /// <summary>A node that is known by name answered a command: it lives.</summary>
    public void Spoke(string id)
    {
        DeviceRecord? record;
        DeviceChange? change;
        lock (_gate)
        {
            if (!_devices.TryGetValue(id, out record)) return;
            change = record.Spoke();
        }

        Tell(record, change);
    }

    /// <summary>Our own connection ended: nobody is known to be there, and nobody is blamed.</summary>
    public void LinkLost() => ForEach(static d => d.LinkLost());

    public void LinkBack() => ForEach(static d =>
    {
        d.LinkBack();
        return null;
    });

    /// <summary>Forgets everybody, here and in the store; whoever speaks next is listed anew.</summary>
    public void Clear()
    {
        lock (_saving)
        {
            lock (_gate)
            {
                foreach (var id in _devices.Values.Where(d => !d.IsExpected).Select(d => d.Id).ToList()) _devices.Remove(id);
                foreach (var id in _devices.Keys.ToList()) _devices[id] = new DeviceRecord(id, _time) { IsExpected = true };
                _unexpected = 0;
            }

            _store?.Clear();
        }

        Changed?.Invoke(new DeviceChange("", DeviceChangeKind.Listed, DevicePresence.Unknown, DevicePresence.Unknown, null, "the registry was cleared"));
    }

    /// <summary>Judges silence now.</summary>
    public void Evaluate() => ForEach(static d => d.Evaluate());

    /// <summary>Writes what has changed since the last time.</summary>
    public void Save()
    {
        if (_store is null) return;
        lock (_saving)
        {
            List<DeviceRecord> dirty;
            List<DeviceView> views;
            lock (_gate)
            {
                dirty = [.. _devices.Values.Where(d => d.IsDirty)];
                views = dirty.ConvertAll(d => d.View());
                dirty.ForEach(d => d.IsDirty = false);
            }

            try
            {
                _store.Save(views, WallTime.ToMicroseconds(_time.GetUtcNow()));
                if (_isStoreFailing && views.Count > 0) Log.StoreBack(_log);
                _isStoreFailing &= views.Count == 0;
            }
            catch (Microsoft.Data.Sqlite.SqliteException e)
            {
                lock (_gate) dirty.ForEach(d => d.IsDirty = true);
                if (!_isStoreFailing) Log.StoreFailed(_log, e);
                _isStoreFailing = true;
            }
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        // Last seen moves with every beat and is written only now and with changes.
        lock (_gate)
        {
            foreach (var device in _devices.Values.Where(d => d.View().LastSeenAt is not null)) device.IsDirty = true;
        }

        Save();
    }

    private void OnTick()
    {
        try
        {
            Evaluate();
            if (_time.GetElapsedTime(_savedStamp) < SaveInterval) return;
            _savedStamp = _time.GetTimestamp();
            Save();
        }
        catch (Exception e)
        {
            Log.TickFailed(_log, e); // the timer must go on
        }
    }

    private void ForEach(Func<DeviceRecord, DeviceChange?> judge)
    {
        List<(DeviceRecord, DeviceChange?)>? changes = null;
        lock (_gate)
        {
            foreach (var record in _devices.Values)
            {
                var change = judge(record);
                if (change is not null || record.IsFlapping != record.WasFlapping || record.IsDoubleId != record.WasDoubleId) (changes ??= []).Add((record, change));
            }
        }

        if (changes is null) return;
        foreach (var (record, change) in changes) Tell(record, change);
    }

    /// <summary>Tells of a change and of alarms that begin or end with it. While a node flaps, the alarm stands for all its changes.</summary>
    private void Tell(DeviceRecord record, DeviceChange? change)
    {
        bool? flapping = null, doubled = null;
        bool isQuiet;
        lock (_gate)
        {
            if (record.IsFlapping != record.WasFlapping) flapping = record.WasFlapping = record.IsFlapping;
            if (record.IsDoubleId != record.WasDoubleId) doubled = record.WasDoubleId = record.IsDoubleId;
            isQuiet = record.WasFlapping;
        }

        if (change is not null)
        {
            if (!isQuiet && change.To is DevicePresence.Online or DevicePresence.Unknown) Log.Presence(_log, record.Id, change.To.ToString().ToLowerInvariant(), change.Reason);
            else if (!isQuiet) Log.Gone(_log, record.Id, change.To.ToString().ToLowerInvariant(), change.Reason);
            Changed?.Invoke(change);
        }

        if (flapping is { } f) Alarm(record, "flapping", f, "it comes and goes");
        if (doubled is { } d) Alarm(record, "double_id", d, "two nodes use this id");
    }

    private void Alarm(DeviceRecord record, string alarm, bool isRaised, string reason)
    {
        if (isRaised) Log.Alarm(_log, record.Id, alarm, reason);
        else Log.AlarmEnded(_log, record.Id, alarm);
        var presence = record.Presence;
        Changed?.Invoke(new DeviceChange(record.Id, isRaised ? DeviceChangeKind.AlarmRaised : DeviceChangeKind.AlarmEnded, presence, presence, alarm, reason));
    }

    /// <summary>Under the lock.</summary>
    private bool TryPlace(ReadOnlySpan<char> id, out DeviceRecord? record)
    {
        if (_bySpan.TryGetValue(id, out record)) return true;
        if (_unexpected >= UnexpectedMax) return false;
        _unexpected++;
        record = new DeviceRecord(id.ToString(), _time);
        _devices.Add(record.Id, record);
        return true;
    }

    private DeviceHearing Refuse(ReadOnlySpan<char> id)
    {
        var count = Interlocked.Increment(ref _refused);
        if (IsWorthALine(count))
        {
            var why = RoomNames.IsValid(id) ? string.Create(CultureInfo.InvariantCulture, $"{UnexpectedMax} unknown devices are kept already") : RoomNames.Allowed;
            Log.DeviceRefused(_handlerLog, PrintableText.Of(id.Length > 400 ? id[..400].ToString() : id.ToString()), why, count);
        }

        return DeviceHearing.Refused;
    }

    /// <summary>The 1st, 2nd, 4th, 8th ...</summary>
    private static bool IsWorthALine(long count) => (count & (count - 1)) == 0;
}
