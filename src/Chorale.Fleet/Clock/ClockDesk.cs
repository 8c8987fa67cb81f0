using System.Collections.Concurrent;
using Chorale.Protocol;
using Chorale.Protocol.Modules;

namespace Chorale.Fleet.Clock;

/// <summary>Measures the clocks of modules by bursts of four-timestamp exchanges, over whatever link each has.</summary>
internal sealed class ClockDesk(Roster roster)
{
    private readonly ConcurrentDictionary<(ModuleId Module, long Number), Question> _open = new();
    private readonly SemaphoreSlim _room = new(Limits.ClocksAtOnce);
    private readonly Lock _anchorGate = new();
    private (DateTimeOffset Wall, long Stamp)? _anchor;
    private long _number;

    /// <summary>Measures again, in the background, what has not been measured for the interval of the options.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        if (roster.Options.ClockInterval <= TimeSpan.Zero) return;
        using var tick = new PeriodicTimer(TimeSpan.FromSeconds(1), roster.Time);
        while (await tick.WaitForNextTickAsync(stopping))
        {
            NoticeStep();
            var due = roster.Modules.Where(m => MayBeAsked(m) && IsOlderThan(m, roster.Options.ClockInterval)).Take(Limits.ClocksAtOnce).ToList();
            await MeasureAsync(due, stopping);
        }
    }

    /// <summary>Measures those clocks that are not fresh, all modules at once. A module that does not answer costs two patiences and is not asked again until it restarts.</summary>
    public async Task MeasureStaleAsync(IEnumerable<ModuleRecord> modules, CancellationToken cancel)
    {
        NoticeStep();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await using var timer = roster.Time.CreateTimer(_ => patience.Cancel(), null, Limits.ClockPatience, Timeout.InfiniteTimeSpan);
        try
        {
            await MeasureAsync(modules.Where(m => MayBeAsked(m) && IsOlderThan(m, Limits.ClockFresh)), patience.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Enough waited.
        }
    }

    public void Replied(ModuleId module, ClockReply reply, long receivedStamp)
    {
        if (!_open.TryRemove((module, reply.Number), out var question)) return;
        // Our clock at the reply is the question's plus monotonic time: a step of the wall clock in between is no round trip.
        var heardUs = question.AskedUs + (long)roster.Time.GetElapsedTime(question.AskedStamp, receivedStamp).TotalMicroseconds;
        question.Answered.TrySetResult(new ClockSample(question.AskedUs, reply.ReceivedUs, reply.AnsweredUs, heardUs));
    }

    private Task MeasureAsync(IEnumerable<ModuleRecord> modules, CancellationToken cancel) =>
        Task.WhenAll(modules.Select(m => MeasureAsync(m, cancel)));

    /// <summary>Estimates are between a module's clock and ours: when somebody sets ours, all of them are worth nothing.</summary>
    private void NoticeStep()
    {
        lock (_anchorGate)
        {
            var (wall, stamp) = (roster.Time.GetUtcNow(), roster.Time.GetTimestamp());
            var stepped = _anchor is { } before && (wall - before.Wall - roster.Time.GetElapsedTime(before.Stamp, stamp)).Duration() > Limits.ClockStep;
            _anchor = (wall, stamp);
            if (!stepped) return;
        }

        foreach (var module in roster.Modules)
        {
            lock (module.Gate) module.Clock.Clear();
        }
    }

    private async Task MeasureAsync(ModuleRecord module, CancellationToken cancel)
    {
        await _room.WaitAsync(cancel);
        try
        {
            await BurstAsync(module, cancel);
        }
        finally
        {
            _room.Release();
        }
    }

    private async Task BurstAsync(ModuleRecord module, CancellationToken cancel)
    {
        var samples = new List<ClockSample>(Limits.ClockBurst);
        var unanswered = 0;
        for (var i = 0; i < Limits.ClockBurst * Limits.ClockBurstsMax && unanswered < 2; i++)
        {
            if (i > 0 && i % Limits.ClockBurst == 0 && ClockEstimate.IsGoodEnough(samples)) break;
            if (await AskAsync(module, cancel) is { } sample) samples.Add(sample);
            else unanswered++;
        }

        var estimate = ClockEstimate.Best(samples, roster.Time.GetUtcNow());
        lock (module.Gate)
        {
            (module.KnowsClock, module.ClockSession) = (estimate is not null, module.Presence.Session);
            if (estimate is null) return;
            module.Clock.Add(estimate);
            module.WorstRoundTrip = TimeSpan.FromMicroseconds(samples.Max(s => s.RoundTripUs));
        }

        roster.Told(module, null);
    }

    private async Task<ClockSample?> AskAsync(ModuleRecord module, CancellationToken cancel)
    {
        var number = Interlocked.Increment(ref _number);
        // The stamp first: a pause of this thread between the two then lengthens the round trip, instead of hiding in it.
        var askedStamp = roster.Time.GetTimestamp();
        var question = new Question(WallTime.ToMicroseconds(roster.Time.GetUtcNow()), askedStamp);
        _open[(module.Id, number)] = question;
        try
        {
            if (!await module.Link.AskClockAsync(module.Id, new ClockQuestion(number, question.AskedUs), cancel)) return null;
            return await question.Answered.Task.WaitAsync(Limits.ClockReplyPatience, roster.Time, cancel);
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            _open.TryRemove((module.Id, number), out _);
        }
    }

    private static bool MayBeAsked(ModuleRecord module)
    {
        lock (module.Gate)
        {
            if (module.Presence.Presence is not (Presence.ModulePresence.Online or Presence.ModulePresence.Late) || !module.Link.IsConnected) return false;
            // Only modules that number their sessions know this exchange at all.
            return module.Status?.Session is not null && (module.KnowsClock != false || module.ClockSession != module.Presence.Session);
        }
    }

    private bool IsOlderThan(ModuleRecord module, TimeSpan age)
    {
        lock (module.Gate) return module.Clock.Newest is not { } newest || (roster.Time.GetUtcNow() - newest.MeasuredAt).Duration() > age;
    }

    private sealed record Question(long AskedUs, long AskedStamp)
    {
        public TaskCompletionSource<ClockSample> Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
