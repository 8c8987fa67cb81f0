using System.Collections.Concurrent;
using Chorale.Mqtt;
using Chorale.Protocol;
using Chorale.Protocol.Modules;
using Chorale.Recorder.Capture;
using Chorale.Recorder.Health;
using Chorale.Recorder.Live;
using Chorale.Recorder.Recording;
using Chorale.Recorder.Settings;
using Chorale.Recorder.Spool;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Control;

/// <summary>What a module is made of.</summary>
internal sealed record ModuleParts(
    RecorderSettings Settings, RecordingControl Control, MicrophoneLoop Microphone, RecordingGate Gate, RecorderCounters Counters, HealthWatch Watch, AlarmBoard Alarms,
    ModuleFolder Folder, string Version, Action Shutdown, TimeProvider Time, ILoggerFactory Logs)
{
    /// <summary>Null where nobody can listen.</summary>
    public LiveStage? Live { get; init; }
}

/// <summary>
/// A recorder under a broker: carries commands to <see cref="ModulePolicy"/> and does what it says. Recording never waits for anything here;
/// a broker that is gone costs the news, not the audio.
/// </summary>
/// <remarks>
/// Everything that happens (a command on the client's dispatch thread, the start and end of a recording on its own) is put to the policy under
/// one lock, and its steps are done there in order: a publish only queues, so the order on the wire is that of the steps.
/// </remarks>
internal sealed class Module : IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LevelsInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>The last words get so long to reach the broker.</summary>
    private static readonly TimeSpan FarewellPatience = TimeSpan.FromSeconds(1.5);

    private readonly ModuleParts _parts;
    private readonly MqttSettings _mqtt;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ModuleTopics _topics;
    private readonly MqttClient _client;
    private readonly CommandedSchedule _schedule;
    private readonly ModulePolicy _policy;
    private readonly ModuleReport _report;
    private readonly OwnVoice _voice;
    private readonly Announcer _announcer;
    private readonly AnswerLog _answers;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentDictionary<Task, byte> _sending = new();
    private readonly long _session;
    private AudioSetup? _revertTo; // while settings of a saved file have not yet proved themselves
    private string _essence = "";
    private long _statusStamp;
    private long _watchUntilStamp;
    private bool _isGone;
    private Task _working = Task.CompletedTask;
    private Task _watching = Task.CompletedTask;

    /// <param name="parts">The recorder.</param>
    /// <param name="savedOver">Set when settings saved by a command are in force: those to go back to if the device cannot do them.</param>
    /// <param name="savedSchedule">Set when a schedule saved by a command is in force.</param>
    public Module(ModuleParts parts, AudioSetup? savedOver, RecordingSchedule? savedSchedule = null)
    {
        (_parts, _time, _mqtt, _revertTo) = (parts, parts.Time, parts.Settings.Mqtt!, savedOver);
        _log = parts.Logs.CreateLogger("control");
        _topics = new ModuleTopics(_mqtt.BaseTopic, parts.Settings.Id.Value);
        _schedule = new CommandedSchedule(parts.Settings.Mode == RecordingMode.Continuous ? parts.Gate.Schedule.Own : null, savedSchedule);
        _policy = new ModulePolicy(parts.Control.Setup, RulesOf(parts.Settings), _schedule, LiveStage.Problem(parts.Settings));
        _session = parts.Folder.NextSession();
        _voice = new OwnVoice(_time);
        _answers = new AnswerLog(_time, _log);
        _announcer = new Announcer(parts.Folder, () => parts.Control.CurrentId is not null, data => Send(new MqttMessage(_topics.Data, data.ToBytes(), 1)), Keep, _time);
        _report = new ModuleReport(parts.Settings, _session, parts.Version, _policy, _schedule, parts.Control, parts.Microphone, parts.Gate, parts.Counters, parts.Watch, _time);
        // A session is found again by its name; without one, two modules with one id must not throw each other out of the broker.
        var clientId = "chorale-" + parts.Settings.Id.Value + (_mqtt.SessionExpiry is null ? $"-{Guid.NewGuid():N}"[..9] : "");
        _client = new MqttClient(_mqtt.ToOptions(clientId, Gone(_topics.Status)), _time, parts.Logs.CreateLogger("mqtt"))
        {
            OnConnected = _ => BirthAsync(),
        };
        _client.Subscribe(_topics.Command, 1, OnCommand, ignoreRetained: true);
        _client.Subscribe(_topics.Clock, 0, OnClock, ignoreRetained: true);
        _client.Subscribe(_topics.Status, 0, OnOwnStatus);
        parts.Control.FileExpected = parts.Folder.Expect;
        parts.Control.Started = start => Happened(now => _policy.Started(start, now));
        parts.Control.Ended = end => Happened(now => _policy.Ended(end, now));
    }

    public ModuleCounters Counters { get; } = new();

    /// <summary>What came over the connection itself.</summary>
    public MqttCounters Link => _client.Counters;

    public bool IsConnected => _client.IsConnected;

    public long Session => _session;

    public static ConfigRules RulesOf(RecorderSettings settings) => new(
        settings.Recording.Folder, settings.Capture.ToRequest().Device, settings.Mode == RecordingMode.Continuous ? settings.Recording.ToEncoder() : null);

    public void Start()
    {
        if (_parts.Folder.LoadMute() is { } until && until > _time.GetUtcNow()) _parts.Gate.Mute(until);
        Log.ModuleStarted(_log, _parts.Settings.Id.Value, _session, _mqtt.BaseTopic, _mqtt.Host, _mqtt.Port);
        _client.Start();
        _working = WorkAsync();
    }

    /// <summary>Says good-bye: what is being told is told first, then <c>disconnected</c>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_ending.IsCancellationRequested) return;
        await _ending.CancelAsync();
        await _working;
        await _watching;
        await SettleAsync();
        lock (_gate)
        {
            _isGone = true; // nothing that still happens may say that we are there
            Send(Gone(_topics.Status));
        }

        await SettleAsync();
        await _client.DisposeAsync();
        _ending.Dispose();
    }

    /// <summary>The server has taken a chunk. Any thread.</summary>
    public void Uploaded(SpoolChunk chunk)
    {
        if (!_mqtt.ChunkEvents) return;
        _ = Send(new MqttMessage(_topics.Data, new ModuleData
        {
            Event = ModuleData.ChunkUploaded, Timestamp = _time.GetUtcNow(), ModuleId = _parts.Settings.Id.Value, Chunk = chunk.Id.ToString(),
            FileName = Path.GetFileName(chunk.Path), WaitingChunks = _parts.Watch.Report().QueueSize,
        }.ToBytes(), 1));
    }

    private MqttMessage Gone(string topic) => new(topic, new ModuleStatus
    {
        ModuleId = _parts.Settings.Id.Value, StateText = ModuleStatus.ToText(ModuleState.Disconnected), Timestamp = _time.GetUtcNow(), Session = _session,
        Version = _parts.Version,
    }.ToBytes(), 1, Retain: true);

    private void OnCommand(MqttMessage message)
    {
        Counters.AddCommand();
        var reading = ModuleCommand.Read(message.Payload.Span);
        if (reading.Command is null) Counters.AddBad();
        Happened(now => _policy.Receive(reading, now), reading);
    }

    /// <summary>The arrival is that at the socket, not that at this thread.</summary>
    private void OnClock(MqttMessage message)
    {
        if (ClockQuestion.Read(message.Payload.Span, out _) is not { } question)
        {
            Counters.AddBad();
            return;
        }

        var now = _time.GetUtcNow();
        var arrived = message.ReceivedStamp == 0 ? now : now - _time.GetElapsedTime(message.ReceivedStamp);
        Send(new MqttMessage(_topics.ClockReply,
            new ClockReply(question.Number, question.SentUs, WallTime.ToMicroseconds(arrived), WallTime.ToMicroseconds(_time.GetUtcNow())).ToBytes()));
    }

    private void OnOwnStatus(MqttMessage message)
    {
        if (message.Retain || _voice.Hear(message.Payload) is not { } hearing) return;
        Counters.AddForeignStatus();
        if (hearing.Double is { } other) Log.DuplicateId(_log, _parts.Settings.Id.Value, other.Session);
        if (!hearing.Correct) return;
        lock (_gate) TellStatus();
    }

    private Task BirthAsync()
    {
        lock (_gate) TellStatus();
        _announcer.AnnounceLeftOver();
        return Task.CompletedTask;
    }

    private void Happened(Func<DateTimeOffset, IReadOnlyList<ModuleStep>> what, ModuleCommandReading? command = null)
    {
        lock (_gate)
        {
            foreach (var step in what(_time.GetUtcNow())) Do(step, command);
        }
    }

    private void Do(ModuleStep step, ModuleCommandReading? command)
    {
        switch (step)
        {
            case ModuleStep.Respond respond: Respond(respond.Response, command); break;
            case ModuleStep.TellStatus: TellStatus(); break;
            case ModuleStep.Tell tell: Tell(tell.Data); break;
            case ModuleStep.Begin begin: Run(() => BeginAsync(begin.Command)); break;
            case ModuleStep.End: _parts.Control.Stop(); break;
            case ModuleStep.Configure configure: Run(() => ConfigureAsync(configure)); break;
            case ModuleStep.Schedule schedule:
                _parts.Gate.Schedule.Change(schedule.Wanted, _time.GetUtcNow());
                Log.ScheduleChanged(_log, schedule.Wanted.ToString(), _schedule.Status!.Source!);
                Run(() => KeepScheduleAsync(schedule));
                break;
            case ModuleStep.Mute mute:
                _parts.Control.Mute(mute.Until);
                Log.Muted(_log, WallTime.ToText(mute.Until));
                Run(() => Remember(mute.Until));
                break;
            case ModuleStep.Unmute:
                _parts.Control.Unmute();
                Log.Unmuted(_log);
                Run(() => Remember(null));
                break;
            case ModuleStep.Watch watch: Watch(watch.Length); break;
            case ModuleStep.Live live: _parts.Live!.Want(live.Length); break;
            case ModuleStep.Exit:
                Log.ShutdownCommanded(_log);
                Run(() =>
                {
                    _parts.Shutdown();
                    return Task.CompletedTask;
                });
                break;
            default: throw new System.Diagnostics.UnreachableException();
        }
    }

    private async Task BeginAsync(StartCommand command)
    {
        var answer = new ControlAnswer(false, "the module is shutting down");
        try
        {
            answer = await _parts.Control.StartAsync(command, _ending.Token);
        }
        catch (OperationCanceledException)
        {
            // Answered as it stands.
        }
        catch (Exception e) // one command's boundary: the next one must find the module idle
        {
            Log.ModuleFailed(_log, e.Message, e);
            answer = new ControlAnswer(false, e.Message);
        }

        Happened(now => _policy.Begun(answer, now));
    }

    private async Task ConfigureAsync(ModuleStep.Configure configure)
    {
        string? problem;
        string? saveProblem = null;
        try
        {
            problem = await _parts.Control.ConfigureAsync(configure.Setup, _ending.Token);
            if (problem is null) _revertTo = null;
            if (problem is null && configure.Save) saveProblem = _parts.Folder.SaveConfig(configure.Setup);
        }
        catch (OperationCanceledException)
        {
            problem = "the module is shutting down";
        }
        catch (Exception e) // one command's boundary
        {
            Log.ModuleFailed(_log, e.Message, e);
            problem = e.Message;
        }

        Happened(now => _policy.Configured(problem, saveProblem, now));
    }

    private Task KeepScheduleAsync(ModuleStep.Schedule step)
    {
        string? problem = null;
        if (step.Save)
        {
            lock (_parts.Folder) problem = _parts.Folder.SaveSchedule(step.IsOwn ? null : step.Wanted);
        }

        Happened(_ => _policy.Scheduled(step.Command, problem));
        return Task.CompletedTask;
    }

    private Task Remember(DateTimeOffset? mutedUntil)
    {
        lock (_parts.Folder) _parts.Folder.SaveMute(mutedUntil);
        return Task.CompletedTask;
    }

    /// <summary>Off the lock and off the dispatch thread: what may take time.</summary>
    private static void Run(Func<Task> work) => _ = Task.Run(work);

    private void Respond(ModuleResponse response, ModuleCommandReading? command)
    {
        _answers.Add(response, command);
        Send(new MqttMessage(_topics.Response, (response with { Timestamp = _time.GetUtcNow() }).ToBytes(), 1));
    }

    private void TellStatus()
    {
        if (_isGone) return;
        var status = _report.Now();
        var bytes = status.ToBytes();
        _voice.Said(bytes);
        (_essence, _statusStamp) = (ModuleReport.Essence(status), _time.GetTimestamp());
        Send(new MqttMessage(_topics.Status, bytes, 1, Retain: true));
    }

    private void Tell(ModuleData data)
    {
        if (data is { Event: ModuleData.RecordingComplete, Folder: { } folder, FileName: { } file }) _announcer.Announce(Path.Combine(folder, file), data);
        else Send(new MqttMessage(_topics.Data, (data with { ModuleId = _parts.Settings.Id.Value }).ToBytes(), 1));
    }

    private Task<MqttDelivery> Send(MqttMessage message)
    {
        var sent = _client.PublishAsync(message);
        if (!sent.IsCompleted) Keep(sent);
        return sent;
    }

    private void Keep(Task task)
    {
        _sending.TryAdd(task, 0);
        _ = task.ContinueWith(t => _sending.TryRemove(t, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task SettleAsync()
    {
        using var patience = new CancellationTokenSource(FarewellPatience, _time);
        await Task.WhenAll(_sending.Keys).WaitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Once a second: what has changed by itself, the heartbeat, a double, saved settings that do not work.</summary>
    private async Task WorkAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            await Task.Delay(Tick, _time, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_ending.IsCancellationRequested) return;
            try
            {
                _parts.Alarms.Set("duplicate_id", _voice.HasDouble, AlarmLevel.Degraded, $"another recorder publishes as {_parts.Settings.Id.Value}: give each its own id");
                RevertBadSettings();
                Beat();
                _answers.Flush();
                if (_client.IsConnected) _announcer.Retry();
            }
            catch (Exception e) // supervisor
            {
                Log.ModuleFailed(_log, e.Message, e);
            }
        }
    }

    private void Beat()
    {
        if (!_client.IsConnected) return;
        lock (_gate)
        {
            var isDue = _mqtt.Heartbeat && _time.GetElapsedTime(_statusStamp) >= _mqtt.HeartbeatInterval - Tick / 2;
            if (isDue || ModuleReport.Essence(_report.Now()) != _essence) TellStatus();
        }
    }

    private void RevertBadSettings()
    {
        if (_revertTo is not { } own || _parts.Microphone.Status is not { } status) return;
        if (status.State == Audio.Capture.CaptureState.Running) _revertTo = null;
        if (status.State != Audio.Capture.CaptureState.Failed) return;
        _revertTo = null;
        _parts.Folder.SetConfigAside(status.LastError ?? "the microphone cannot be used so");
        _parts.Control.Revert(own);
        lock (_gate)
        {
            _policy.Revert(own);
            TellStatus();
        }
    }

    private void Watch(TimeSpan length)
    {
        var isRunning = !_watching.IsCompleted;
        Volatile.Write(ref _watchUntilStamp, _time.GetTimestamp() + (long)(length.TotalSeconds * _time.TimestampFrequency));
        if (!isRunning && length > TimeSpan.Zero && !_ending.IsCancellationRequested) _watching = Task.Run(ShowLevelsAsync);
    }

    private async Task ShowLevelsAsync()
    {
        var levels = new RingLevels(_parts.Gate, _time);
        while (!_ending.IsCancellationRequested && _time.GetTimestamp() < Volatile.Read(ref _watchUntilStamp))
        {
            await Task.Delay(LevelsInterval, _time, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (levels.Newest(_parts.Microphone.Ring, LevelsInterval) is not { } now) continue;
            _ = Send(new MqttMessage(_topics.Levels, new ModuleLevels([.. now.PeakDbfs.Select(Rounded)], [.. now.RmsDbfs.Select(Rounded)]).ToBytes()));
        }

        static double Rounded(double dbfs) => Math.Round(dbfs, 1);
    }
}
