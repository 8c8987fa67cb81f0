using Chorale.Mqtt;
using Chorale.Protocol;
using Chorale.Protocol.Modules;

namespace Chorale.Simulate;

/// <summary>
/// A module without a microphone: speaks the whole protocol, arms, reports first frames and files that it never wrote. Called by the
/// dispatch thread of its connection and by the fleet's clock.
/// </summary>
internal sealed class SimulatedModule(string id, string baseTopic, MqttClient client, long session, TimeSpan heartbeat, TimeProvider time)
{
    private const int RateHz = 48_000;

    private readonly ModuleTopics _topics = new(baseTopic, id);
    private readonly Lock _gate = new();
    private string? _recordingId;
    private DateTimeOffset _startAt;
    private DateTimeOffset? _endAt, _mutedUntil;
    private bool _announced;
    private int _rateHz = RateHz;
    private int _channels = 1;
    private ScheduleStatus _schedule = new("always", "UTC", ScheduleStatus.Settings);
    private DateTimeOffset _watchedUntil, _levelsAt;

    public string Id => id;

    public long Answered;

    /// <summary>It was told to shut down: silent from then on.</summary>
    public bool HasEnded { get; private set; }

    public MqttMessage Will => new(_topics.Status, StatusOf("disconnected").ToBytes(), 1, Retain: true);

    public void Subscribe()
    {
        client.Subscribe(_topics.Command, 1, m => Take(m.Payload.Span), ignoreRetained: true);
        client.Subscribe(_topics.Clock, 0, m => Answer(m.Payload.Span), ignoreRetained: true);
    }

    public void Beat()
    {
        if (!HasEnded) Say(_topics.Status, StatusNow().ToBytes(), retain: true);
    }

    /// <summary>Tells of a recording that has begun or ended since; to be called often.</summary>
    public void Turn(DateTimeOffset now)
    {
        ShowLevels(now);
        ModuleData? began = null, ended = null;
        lock (_gate)
        {
            if (_recordingId is null) return;
            if (!_announced && now >= _startAt)
            {
                _announced = true;
                began = new ModuleData { Event = ModuleData.RecordingStarted, ModuleId = id, RecordingId = _recordingId, FirstFrameUtc = _startAt, UncertaintyUs = 20, Timestamp = now };
            }

            if (_endAt is { } end && now >= end) ended = Complete(end);
        }

        if (began is not null) Say(_topics.Data, began.ToBytes());
        if (ended is null) return;
        Say(_topics.Data, ended.ToBytes());
        Beat();
    }

    public Task<MqttDelivery> GoodbyeAsync()
    {
        HasEnded = true; // whoever asks now gets no answer that would contradict it
        return client.PublishAsync(Will);
    }

    private void Take(ReadOnlySpan<byte> payload)
    {
        if (HasEnded) return;
        var reading = ModuleCommand.Read(payload);
        Interlocked.Increment(ref Answered);
        if (reading.Command is not { } command)
        {
            Respond(reading.RequestId, false, string.Join("; ", reading.Problems.Select(p => p.Text)));
            return;
        }

        switch (command.Kind)
        {
            case ModuleCommandKind.Start:
                Start(command);
                break;
            case ModuleCommandKind.Stop:
                Stop(command);
                break;
            case ModuleCommandKind.Status:
                Beat();
                Respond(command.RequestId, true, "");
                break;
            case ModuleCommandKind.Config:
                Configure(command);
                break;
            case ModuleCommandKind.Mute or ModuleCommandKind.Unmute:
                lock (_gate) _mutedUntil = command.Kind == ModuleCommandKind.Mute ? command.Until ?? time.GetUtcNow().AddSeconds(command.Seconds ?? 60) : null;
                Respond(command.RequestId, true, "");
                Beat();
                break;
            case ModuleCommandKind.Watch:
                lock (_gate) _watchedUntil = time.GetUtcNow().AddSeconds(command.Seconds ?? 30);
                Respond(command.RequestId, true, "");
                break;
            case ModuleCommandKind.Schedule:
                ChangeSchedule(command);
                break;
            case ModuleCommandKind.Shutdown:
                Respond(command.RequestId, true, "");
                HasEnded = true;
                Say(_topics.Status, StatusOf("disconnected").ToBytes(), retain: true);
                break;
            default:
                Respond(command.RequestId, false, $"command \"{command.Name}\": start, stop, status, config, mute, unmute, watch, schedule and shutdown are allowed");
                break;
        }
    }

    private void Start(ModuleCommand command)
    {
        lock (_gate)
        {
            if (_recordingId is not null)
            {
                Respond(command.RequestId, false, "Already recording");
                return;
            }

            (_recordingId, _announced) = (command.RecordingId ?? "simulated", false);
            _startAt = (command.StartAt ?? time.GetUtcNow()).AddSeconds(-(command.PreRollSeconds ?? 0));
            _endAt = command.DurationSeconds is { } seconds ? _startAt.AddSeconds(seconds + (command.PreRollSeconds ?? 0)) : null;
        }

        Beat();
        Respond(command.RequestId, true, "Recording started", command.StartAt is { } at ? new ModuleResponseData { Armed = true, StartAt = at } : null);
    }

    private void Stop(ModuleCommand command)
    {
        ModuleData? ended;
        lock (_gate) ended = _recordingId is null ? null : Complete(time.GetUtcNow());
        Respond(command.RequestId, ended is not null, ended is null ? "Not recording" : "Recording stopped");
        if (ended is null) return;
        Say(_topics.Data, ended.ToBytes());
        Beat();
    }

    private void Configure(ModuleCommand command)
    {
        var rate = command.Config is { } config && config.TryGetProperty("samplerate", out var value) ? value.ToString() : null;
        if (rate is not null && !(int.TryParse(rate, out var hz) && hz is >= 8_000 and <= 192_000))
        {
            Respond(command.RequestId, false, $"samplerate {rate}: 8000 to 192000 is allowed");
            return;
        }

        lock (_gate)
        {
            if (command.Expect is { } expect && Expectation.Problem(expect, Config.ToElement()) is { } changed)
            {
                Respond(command.RequestId, false, changed);
                return;
            }

            _rateHz = rate is null ? _rateHz : int.Parse(rate, System.Globalization.CultureInfo.InvariantCulture);
            if (command.Config?.TryGetProperty("channels", out var channels) == true && channels.TryGetInt32(out var count) && count is >= 1 and <= 8) _channels = count;
        }

        Respond(command.RequestId, true, "", new ModuleResponseData { Config = Config });
        Beat();
    }

    private void ChangeSchedule(ModuleCommand command)
    {
        lock (_gate) _schedule = command.Schedule is { } windows ? new ScheduleStatus(windows, command.TimeZone ?? _schedule.TimeZone, command.Save == true ? ScheduleStatus.Saved : ScheduleStatus.Command) : _schedule;
        Respond(command.RequestId, true, "", new ModuleResponseData { Schedule = _schedule });
        Beat();
    }

    /// <summary>Ten times a second while somebody watches: a sound that swells and fades, at each module at its own time.</summary>
    private void ShowLevels(DateTimeOffset now)
    {
        lock (_gate)
        {
            if (HasEnded || now >= _watchedUntil || now - _levelsAt < TimeSpan.FromMilliseconds(95)) return;
            _levelsAt = now;
        }

        var rms = Math.Round(-35 + 15 * Math.Sin(now.TimeOfDay.TotalSeconds * 1.3 + id.Sum(c => c)), 1);
        Say(_topics.Levels, new ModuleLevels([rms + 9], [rms]).ToBytes());
    }

    /// <summary>Under the lock.</summary>
    private ModuleData Complete(DateTimeOffset end)
    {
        var file = $"recording_{_recordingId}_{id}.wav";
        var data = new ModuleData
        {
            Event = ModuleData.RecordingComplete, ModuleId = id, RecordingId = _recordingId, FileName = file, Files = [file], FirstFrameUtc = _startAt, UncertaintyUs = 20,
            Frames = Math.Max(0, (long)Math.Round((end - _startAt).TotalSeconds * _rateHz)), SampleRateHz = _rateHz, Channels = _channels, RatePpm = 0, Gaps = [], Timestamp = time.GetUtcNow(),
        };
        (_recordingId, _endAt) = (null, null);
        return data;
    }

    private void Answer(ReadOnlySpan<byte> question)
    {
        var came = WallTime.ToMicroseconds(time.GetUtcNow());
        if (HasEnded || ClockQuestion.Read(question, out _) is not { } asked) return;
        Say(_topics.ClockReply, new ClockReply(asked.Number, asked.SentUs, came, WallTime.ToMicroseconds(time.GetUtcNow())).ToBytes());
    }

    private void Respond(string? requestId, bool success, string message, ModuleResponseData? data = null) =>
        Say(_topics.Response, new ModuleResponse { RequestId = requestId, Success = success, Message = message, Timestamp = time.GetUtcNow(), Data = data }.ToBytes());

    private ModuleConfig Config => new() { SampleRateHz = _rateHz, Channels = _channels, Device = "simulated", DType = "int16", RecordingFolder = "/nowhere", Codec = "wav" };

    private ModuleStatus StatusNow()
    {
        lock (_gate) return StatusOf(_recordingId is null ? "idle" : "recording");
    }

    private ModuleStatus StatusOf(string state) => new()
    {
        ModuleId = id, StateText = state, Timestamp = time.GetUtcNow(), Config = Config, RecordingId = _recordingId, Session = session, Version = "simulated",
        HeartbeatSeconds = heartbeat.TotalSeconds, Queue = new QueueStatus(0, 0, null), DurableLagMs = 40, LevelsDbfs = [-40], Alarms = [], MutedUntil = _mutedUntil > time.GetUtcNow() ? _mutedUntil : null, Schedule = _schedule, Continuous = new ContinuousStatus(true, 1, null),
        Clock = new ClockStatus(null, null, "none"),
    };

    /// <summary>Not awaited: a simulation that waits for the broker would be kinder to the hub than modules are.</summary>
    private void Say(string topic, byte[] payload, bool retain = false) => _ = client.PublishAsync(new MqttMessage(topic, payload, retain ? 1 : 0, retain));
}
