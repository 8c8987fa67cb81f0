using Chorale.Protocol;
using Chorale.Protocol.Modules;
using Chorale.Recorder.Recording;

namespace Chorale.Recorder.Control;

/// <summary>Where the commanded recording stands.</summary>
internal enum ModulePhase
{
    Idle,

    /// <summary>Asked for; the answer is not out yet.</summary>
    Starting,

    /// <summary>Begins at a time to come.</summary>
    Armed,
    Recording,

    /// <summary>Stopped; its file is being finished.</summary>
    Ending,
}

/// <summary>
/// What a module does on a command, and on what becomes of it: the whole protocol of contracts with masters, and nothing else. Pure: no clock,
/// no wire, no audio. Used by one thread.
/// </summary>
/// <remarks>
/// Order on the wire: a plain start is <c>status</c> recording, then <c>response</c>; an armed one <c>response</c> first. The end is
/// <c>data</c> recording_complete, then <c>status</c> idle. Starts and configs that come while one is being worked on wait for it; everything
/// else is answered at once.
/// </remarks>
/// <param name="setup">Settings in force.</param>
/// <param name="rules">What may be configured.</param>
/// <param name="schedule">When continuous recording is open.</param>
/// <param name="noLive">Why this recorder cannot be heard live; null when it can.</param>
internal sealed class ModulePolicy(AudioSetup setup, ConfigRules rules, CommandedSchedule schedule, string? noLive = "live: this recorder uploads to no hub")
{
    /// <summary>Further ahead a start is a mistake, or somebody's clock is.</summary>
    public static readonly TimeSpan ArmedAheadMax = TimeSpan.FromHours(24);

    /// <summary>A master that sends more than this while one start is being worked on is told to wait.</summary>
    private const int HeldMax = 16;

    private static readonly TimeSpan WatchDefault = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WatchMax = TimeSpan.FromHours(1);

    /// <summary>A mute without an end.</summary>
    private static readonly TimeSpan MuteForGood = TimeSpan.FromDays(3650);

    private readonly AnswerMemory _memory = new();
    private readonly Queue<ModuleCommand> _held = new();
    private readonly List<ModuleStep> _steps = [];
    private ModuleCommand? _working; // a start or a config whose outcome is awaited
    private AudioSetup? _wanted; // of that config
    private IReadOnlyList<string> _ignored = [];
    private bool _isStopWanted;
    private RecordingStart? _earlyStart; // told before the answer was out
    private RecordingEnd? _earlyEnd;

    public ModulePhase Phase { get; private set; }

    public AudioSetup Setup { get; private set; } = setup;

    /// <summary>Of the recording that runs or is armed.</summary>
    public string? RecordingId { get; private set; }

    public string? FileName { get; private set; }

    /// <summary>When the armed recording begins.</summary>
    public DateTimeOffset? ArmedFor { get; private set; }

    /// <summary>Why the last recording has no file; null since the next start.</summary>
    public string? Error { get; private set; }

    public IReadOnlyList<ModuleStep> Receive(ModuleCommandReading reading, DateTimeOffset now)
    {
        if (reading.Command is not { } command)
        {
            var problems = reading.Problems.Select(p => p.Text).ToList();
            Respond(reading.RequestId, false, string.Join("; ", problems), new ModuleResponseData { Problems = problems });
            return Take();
        }

        // What changes nothing may be asked as often as one likes.
        var isRepeatable = command.Kind is ModuleCommandKind.Status or ModuleCommandKind.Watch or ModuleCommandKind.Live or ModuleCommandKind.Unknown;
        if (!isRepeatable && !_memory.IsNew(command.RequestId, command.Kind, now, out var answer))
        {
            if (answer is not null) _steps.Add(new ModuleStep.Respond(answer));
            return Take();
        }

        Do(command, now);
        return Take();
    }

    /// <summary>A start has been tried.</summary>
    public IReadOnlyList<ModuleStep> Begun(ControlAnswer answer, DateTimeOffset now)
    {
        var command = _working!;
        _working = null;
        if (!answer.Success)
        {
            Phase = ModulePhase.Idle;
            (RecordingId, ArmedFor) = (null, null);
            Respond(command, false, answer.Message);
            return Release(now);
        }

        (RecordingId, FileName) = (answer.RecordingId, answer.FileName);
        Phase = answer.IsArmed ? ModulePhase.Armed : ModulePhase.Recording;
        ArmedFor = answer.IsArmed ? command.StartAt : null;
        var data = new ModuleResponseData { Armed = command.StartAt is null ? null : true, StartAt = command.StartAt, RecordingId = RecordingId, FileName = FileName };
        if (answer.IsArmed) Respond(command, true, answer.Message, data);
        _steps.Add(new ModuleStep.TellStatus());
        if (!answer.IsArmed) Respond(command, true, answer.Message, data);
        if (_isStopWanted)
        {
            (_isStopWanted, Phase) = (false, ModulePhase.Ending);
            _steps.Add(new ModuleStep.End());
        }

        if (_earlyStart is { } start) TellStart(start, now);
        if (_earlyEnd is { } end) TellEnd(end, now);
        (_earlyStart, _earlyEnd) = (null, null);
        return Release(now);
    }

    /// <summary>The first frame of the recording has come.</summary>
    public IReadOnlyList<ModuleStep> Started(RecordingStart start, DateTimeOffset now)
    {
        if (Phase == ModulePhase.Starting) _earlyStart = start;
        else TellStart(start, now);
        return Take();
    }

    /// <summary>The recording is over.</summary>
    public IReadOnlyList<ModuleStep> Ended(RecordingEnd end, DateTimeOffset now)
    {
        if (Phase == ModulePhase.Starting)
        {
            _earlyEnd = end;
            return Take();
        }

        TellEnd(end, now);
        return Release(now);
    }

    /// <summary>New settings have been tried.</summary>
    /// <param name="problem">Null when they hold.</param>
    /// <param name="saveProblem">Why they will not outlive a restart; null when they will, or need not.</param>
    /// <param name="now">Wall time.</param>
    public IReadOnlyList<ModuleStep> Configured(string? problem, string? saveProblem, DateTimeOffset now)
    {
        var command = _working!;
        _working = null;
        if (problem is null) Setup = _wanted!;
        string?[] remarks =
        [
            problem, saveProblem is null ? null : $"in force, but not saved: {saveProblem}",
            problem is null && Phase != ModulePhase.Idle ? "in force after the recording that runs" : null,
            _ignored.Count == 0 ? null : $"unknown and ignored: {string.Join(", ", _ignored)}",
        ];
        Respond(command, problem is null && saveProblem is null, string.Join("; ", remarks.OfType<string>()), new ModuleResponseData
        {
            Config = Setup.ToConfig(), Problems = problem is null && saveProblem is null ? null : [.. new[] { problem, saveProblem }.OfType<string>()],
        });
        _steps.Add(new ModuleStep.TellStatus());
        return Release(now);
    }

    /// <summary>A new schedule is in force.</summary>
    /// <param name="command">Which asked for it.</param>
    /// <param name="saveProblem">Why it will not outlive a restart; null when it will, or need not.</param>
    public IReadOnlyList<ModuleStep> Scheduled(ModuleCommand command, string? saveProblem)
    {
        Respond(command, saveProblem is null, saveProblem is null ? "" : $"in force, but not saved: {saveProblem}", new ModuleResponseData { Schedule = schedule.Status });
        _steps.Add(new ModuleStep.TellStatus());
        return Take();
    }

    /// <summary>What the settings were before a saved file was found to be wrong.</summary>
    public void Revert(AudioSetup setup) => Setup = setup;

    private void Do(ModuleCommand command, DateTimeOffset now)
    {
        switch (command.Kind)
        {
            case ModuleCommandKind.Start or ModuleCommandKind.Config when _working is not null || Phase == ModulePhase.Ending:
                if (_held.Count < HeldMax) _held.Enqueue(command);
                else Respond(command, false, "busy: too many commands at once");
                break;
            case ModuleCommandKind.Start: Start(command, now); break;
            case ModuleCommandKind.Config: Configure(command); break;
            case ModuleCommandKind.Stop: Stop(command); break;
            case ModuleCommandKind.Status:
                _steps.Add(new ModuleStep.TellStatus());
                Respond(command, true, "");
                break;
            case ModuleCommandKind.Shutdown:
                Respond(command, true, "Shutting down");
                _steps.Add(new ModuleStep.Exit());
                break;
            case ModuleCommandKind.Schedule: Schedule(command); break;
            case ModuleCommandKind.Mute: Mute(command, now); break;
            case ModuleCommandKind.Unmute:
                _steps.Add(new ModuleStep.Unmute());
                _steps.Add(new ModuleStep.TellStatus());
                Respond(command, true, "Not muted");
                break;
            case ModuleCommandKind.Watch:
                var length = command.Seconds is { } seconds ? TimeSpan.FromSeconds(seconds) : WatchDefault;
                _steps.Add(new ModuleStep.Watch(length < WatchMax ? length : WatchMax));
                Respond(command, true, "");
                break;
            case ModuleCommandKind.Live when noLive is not null: Respond(command, false, noLive); break;
            case ModuleCommandKind.Live:
                var listening = command.Seconds is { } wanted ? TimeSpan.FromSeconds(wanted) : WatchDefault;
                _steps.Add(new ModuleStep.Live(listening < WatchMax ? listening : WatchMax));
                Respond(command, true, "");
                break;
            default:
                var name = command.Name.Length <= 60 ? command.Name : command.Name[..60] + "...";
                Respond(command, false, $"command \"{name}\": start, stop, status, config, shutdown, mute, unmute, watch, schedule, live are allowed");
                break;
        }
    }

    private void Start(ModuleCommand command, DateTimeOffset now)
    {
        if (Phase != ModulePhase.Idle)
        {
            Respond(command, false, Phase == ModulePhase.Armed ? $"Already armed for {WallTime.ToText(ArmedFor!.Value)}" : "Already recording");
            return;
        }

        var reading = command.Config is { } config ? rules.Read(Setup, config) : new ConfigReading(Setup, [], []);
        List<string> problems = [.. reading.Problems];
        if (command.RecordingId is { } id && Recorder.Recording.RecordingId.Problem(id) is { } badId) problems.Add(badId);
        if (command.StartAt - now > ArmedAheadMax)
            problems.Add($"start_at {WallTime.ToText(command.StartAt!.Value)}: at most {ArmedAheadMax.TotalHours} h ahead of {WallTime.ToText(now)}, this module's time, is allowed");
        if (problems.Count > 0)
        {
            Respond(command, false, string.Join("; ", problems), new ModuleResponseData { Problems = problems });
            return;
        }

        (_working, Phase, Error, _isStopWanted) = (command, ModulePhase.Starting, null, false);
        _steps.Add(new ModuleStep.Begin(new StartCommand(
            command.RecordingId, command.DurationSeconds is { } d ? TimeSpan.FromSeconds(d) : null, command.StartAt, TimeSpan.FromSeconds(command.PreRollSeconds ?? 0))
        {
            Setup = command.Config is null ? null : reading.Setup,
        }));
    }

    private void Stop(ModuleCommand command)
    {
        switch (Phase)
        {
            case ModulePhase.Idle:
                Respond(command, false, "Not recording");
                return;
            case ModulePhase.Starting:
                _isStopWanted = true;
                break;
            case ModulePhase.Armed or ModulePhase.Recording:
                Phase = ModulePhase.Ending;
                _steps.Add(new ModuleStep.End());
                break;
        }

        Respond(command, true, "Recording stopped");
    }

    private void Configure(ModuleCommand command)
    {
        if (command.Config is not { } config)
        {
            Respond(command, true, "", new ModuleResponseData { Config = Setup.ToConfig() });
            return;
        }

        var reading = rules.Read(Setup, config);
        var problems = command.Expect is { } expect && Expectation.Problem(expect, Setup.ToConfig().ToElement()) is { } changed ? [changed] : reading.Problems;
        if (reading.Setup is null || problems.Count > 0)
        {
            Respond(command, false, string.Join("; ", problems), new ModuleResponseData { Config = Setup.ToConfig(), Problems = problems });
            return;
        }

        (_working, _wanted, _ignored) = (command, reading.Setup, reading.Ignored);
        _steps.Add(new ModuleStep.Configure(reading.Setup, command.Save ?? false));
    }

    private void Schedule(ModuleCommand command)
    {
        if (command.Schedule is not { } text)
        {
            Respond(command, true, "", new ModuleResponseData { Schedule = schedule.Status });
            return;
        }

        var (wanted, problems) = schedule.Read(text, command.TimeZone);
        if (command.Expect is { } expect && schedule.Status is { } status && Expectation.Problem(expect, status.ToElement()) is { } changed) problems = [changed];
        if (wanted is null || problems.Count > 0)
        {
            Respond(command, false, string.Join("; ", problems), new ModuleResponseData { Schedule = schedule.Status, Problems = problems });
            return;
        }

        var save = command.Save ?? false;
        schedule.Take(wanted, save);
        _steps.Add(new ModuleStep.Schedule(wanted, CommandedSchedule.IsOwn(text), save, command));
    }

    private void Mute(ModuleCommand command, DateTimeOffset now)
    {
        var until = command.Until ?? now + (command.Seconds is { } seconds ? TimeSpan.FromSeconds(seconds) : MuteForGood);
        if (until <= now)
        {
            Respond(command, false, $"until {WallTime.ToText(until)}: a time to come is allowed; it is {WallTime.ToText(now)} here");
            return;
        }

        _steps.Add(new ModuleStep.Mute(until));
        _steps.Add(new ModuleStep.TellStatus());
        Respond(command, true, "Muted");
    }

    private void TellStart(RecordingStart start, DateTimeOffset now)
    {
        if (Phase == ModulePhase.Armed)
        {
            (Phase, ArmedFor) = (ModulePhase.Recording, null);
            _steps.Add(new ModuleStep.TellStatus());
        }

        _steps.Add(new ModuleStep.Tell(new ModuleData
        {
            Event = ModuleData.RecordingStarted, RecordingId = start.RecordingId, FileName = start.FileName, Timestamp = now, FirstFrameUtc = start.FirstFrame.Utc,
            UncertaintyUs = Rounded(start.FirstFrame.UncertaintyUs), RatePpm = Rounded(start.FirstFrame.RatePpm),
        }));
    }

    private void TellEnd(RecordingEnd end, DateTimeOffset now)
    {
        (Phase, RecordingId, FileName, ArmedFor, Error) = (ModulePhase.Idle, null, null, null, end.Error);
        if (end.Result is { } result)
        {
            _steps.Add(new ModuleStep.Tell(Announcement.Of(result, now)));
        }
        else if (end.Error is { } error)
        {
            _steps.Add(new ModuleStep.Tell(new ModuleData
            {
                Event = ModuleData.RecordingError, RecordingId = end.RecordingId, FileName = end.FileName, Timestamp = now, Error = error,
            }));
        }

        _steps.Add(new ModuleStep.TellStatus());
    }

    private static double? Rounded(double? value) => value is { } v ? Math.Round(v, 2) : null;

    private List<ModuleStep> Release(DateTimeOffset now)
    {
        while (_working is null && Phase != ModulePhase.Ending && _held.TryDequeue(out var next)) Do(next, now);
        return Take();
    }

    private void Respond(ModuleCommand command, bool success, string message, ModuleResponseData? data = null) =>
        _memory.Keep(command.RequestId, command.Kind, Respond(command.RequestId, success, message, data));

    private ModuleResponse Respond(string? requestId, bool success, string message, ModuleResponseData? data)
    {
        var response = new ModuleResponse { RequestId = requestId, Success = success, Message = message, Data = data };
        _steps.Add(new ModuleStep.Respond(response));
        return response;
    }

    private List<ModuleStep> Take()
    {
        List<ModuleStep> steps = [.. _steps];
        _steps.Clear();
        return steps;
    }
}
