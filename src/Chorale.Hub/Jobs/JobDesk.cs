using Chorale.Hub.Live;
using Chorale.Protocol;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub.Jobs;

/// <summary>
/// Long work of this hub: at most two at a time, the others in the order of their coming. A job belongs to nobody's page: who closes it
/// finds the job again. What ends otherwise than well leaves no file.
/// </summary>
internal sealed class JobDesk : IAsyncDisposable
{
    public const string EndedByRestart = "it was ended by a restart of the hub; begin it again";

    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);

    private readonly JobFolder _folder;
    private readonly JobSpace _space;
    private readonly LiveEvents _live;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Job> _jobs = [];
    private readonly LinkedList<Job> _queue = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _sweeping;
    private int _running;

    private volatile IReadOnlyList<JobView> _all = [];

    private JobDesk(JobFolder folder, JobSpace space, LiveEvents live, TimeProvider time, ILogger log)
    {
        (_folder, _space, _live, _time, _log) = (folder, space, live, time, log);
        foreach (var kept in folder.Load()) Restore(kept);
        Refresh();
        _sweeping = SweepAsync();
    }

    /// <param name="freeBytes">Room on the disk of a folder.</param>
    public static JobDesk Open(string dataFolder, long floorBytes, Func<string, long> freeBytes, LiveEvents live, TimeProvider time, ILoggerFactory logs)
    {
        var folder = new JobFolder(dataFolder);
        return new JobDesk(folder, new JobSpace(folder.Root, floorBytes, freeBytes), live, time, logs.CreateLogger("Chorale.Hub.Jobs"));
    }

    public JobSpace Space => _space;

    /// <summary>Newest first.</summary>
    /// <remarks>Without the lock: the snapshot of a page is made under the lock of the events, and jobs tell theirs under this one.</remarks>
    public IReadOnlyList<JobView> All => _all;

    public JobView? Find(string id)
    {
        lock (_gate) return _jobs.GetValueOrDefault(id)?.View;
    }

    /// <summary>The file of a job that is done; null when there is none.</summary>
    public (string Path, JobFile File)? FileOf(string id) =>
        Find(id) is { State: JobState.Done, File: { } file } && _folder.ResultOf(id) is { } path ? (path, file) : null;

    public string? ManifestOf(string id) => Find(id) is { State: JobState.Done } ? _folder.ManifestOf(id) : null;

    /// <summary>Begins a job, or finds the one that was posted under this id before.</summary>
    /// <param name="id">Made by the client; safe in a path.</param>
    /// <param name="request">As posted; the same id with another request is a conflict.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="make">Makes the work of a new job.</param>
    /// <param name="isHeld">It waits until <see cref="Release"/>.</param>
    public JobPost Post(string id, string request, string by, Func<IJobWork> make, bool isHeld = false)
    {
        lock (_gate)
        {
            if (Known(id, request) is { } known) return known;
        }

        var work = make(); // may read whole recordings: nothing else waits for it
        lock (_gate)
        {
            if (Known(id, request) is { } known)
            {
                work.Dispose();
                return known;
            }

            var open = _jobs.Values.Where(j => j.IsOpen).ToList();
            if (_space.Refusal(work.EstimatedBytes, open.Sum(j => j.MissingBytes)) is { } refusal)
            {
                work.Dispose();
                return new JobPost(null, JobRefusal.NoRoom, refusal);
            }

            var job = new Job(request, work, new JobView
            {
                Id = id, Kind = work.Kind, Subject = work.Subject, By = by, CreatedUs = NowUs, Unit = work.Unit, Total = work.Total, RateHz = work.RateHz,
            });
            _folder.Delete(id); // what a sweep was kept from deleting
            _folder.Save(job.ToKept());
            _jobs[id] = job;
            job.HeardStamp = _time.GetTimestamp();
            if (!isHeld) _queue.AddLast(job);
            Tell(job);
            Pump();
            return new JobPost(job.View, JobRefusal.None, null);
        }
    }

    /// <summary>The answer where nothing has to be made.</summary>
    private JobPost? Known(string id, string request)
    {
        if (_jobs.TryGetValue(id, out var known)) return new JobPost(known.View, known.Request == request ? JobRefusal.None : JobRefusal.OtherRequest, null);
        var open = _jobs.Values.Count(j => j.IsOpen);
        return open >= JobLimits.OpenMax ? new JobPost(null, JobRefusal.TooMany, $"{open} jobs wait already; cancel one, or wait") : null;
    }

    private void Refresh() => _all = [.. _jobs.Values.Select(j => j.View).OrderByDescending(v => v.CreatedUs)];

    /// <summary>Lets a held job wait for its turn.</summary>
    public void Release(string id)
    {
        lock (_gate)
        {
            if (_jobs.GetValueOrDefault(id) is not { View.State: JobState.Waiting } job || _queue.Contains(job)) return;
            _queue.AddLast(job);
            Pump();
        }
    }

    /// <summary>The work of an open job: what a browser sends goes to it.</summary>
    public T? WorkOf<T>(string id)
        where T : class, IJobWork
    {
        lock (_gate) return _jobs.GetValueOrDefault(id) is { IsOpen: true } job ? job.Work as T : null;
    }

    /// <summary>Progress of a job that does not run yet.</summary>
    public void Received(string id, long bytes)
    {
        lock (_gate)
        {
            if (_jobs.GetValueOrDefault(id) is not { View.State: JobState.Waiting } job) return;
            job.View = job.View with { Bytes = bytes };
            job.HeardStamp = _time.GetTimestamp();
            TellSometimes(job);
        }
    }

    /// <summary>Ends an open job, and forgets one that has ended, with its file.</summary>
    /// <param name="isOpenOnly">A job that has ended stays, with its file: who cancels does not know that it has just been done.</param>
    /// <returns>The job as it ended; null when there is none any more.</returns>
    public async Task<JobView?> DeleteAsync(string id, bool isOpenOnly = false)
    {
        Job job;
        lock (_gate)
        {
            if (!_jobs.TryGetValue(id, out job!)) return null;
            if (!job.IsOpen)
            {
                if (isOpenOnly) return job.View;
                Forget(job);
                return null;
            }

            if (job.View.State == JobState.Waiting)
            {
                _queue.Remove(job);
                job.Cancel.Cancel();
                End(job, JobState.Cancelled, null);
                return job.View;
            }
        }

        await job.Cancel.CancelAsync();
        await job.Ended.Task;
        return job.View;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        List<Job> running;
        lock (_gate)
        {
            foreach (var job in _jobs.Values.Where(j => j.View.State == JobState.Waiting).ToList())
            {
                _queue.Remove(job);
                job.Cancel.Cancel();
                End(job, JobState.Failed, EndedByRestart);
            }

            running = [.. _jobs.Values.Where(j => j.IsOpen)];
        }

        foreach (var job in running) await job.Cancel.CancelAsync();
        await Task.WhenAll(running.Select(j => j.Ended.Task));
        await _sweeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private long NowUs => WallTime.ToMicroseconds(_time.GetUtcNow());

    private void Restore(KeptJob kept)
    {
        var isWhole = kept.View.State != JobState.Done || kept.View.File is null || _folder.ResultOf(kept.View.Id) is not null;
        var view = kept.View switch
        {
            { State: JobState.Waiting or JobState.Running } v => v with { State = JobState.Failed, Problem = EndedByRestart, EndedUs = NowUs, EndsUs = null, PerSecond = null },
            { } v when !isWhole => v with { State = JobState.Failed, Problem = "its file is gone", File = null },
            { } v => v,
        };
        var job = new Job(kept.Request, null, view);
        job.Ended.TrySetResult();
        _jobs[view.Id] = job;
        if (view == kept.View) return;
        _folder.DeleteFiles(view.Id);
        _folder.Save(job.ToKept());
    }

    private void Pump()
    {
        while (_running < JobLimits.RunningMax && _queue.First is { Value: var job })
        {
            _queue.RemoveFirst();
            _running++;
            job.View = job.View with { State = JobState.Running, BeganUs = NowUs, Bytes = 0 };
            job.BeganStamp = _time.GetTimestamp();
            Tell(job);
            new Thread(() => Work(job)) { Name = "job " + job.View.Kind, IsBackground = true }.Start();
        }
    }

    private void Work(Job job)
    {
        var (state, problem) = (JobState.Done, (string?)null);
        try
        {
            job.Run = new JobRun(_folder.Of(job.View.Id), _space, run => Heard(job, run));
            job.Work!.Run(job.Run, job.Cancel.Token);
        }
        catch (OperationCanceledException)
        {
            (state, problem) = _stopping.IsCancellationRequested ? (JobState.Failed, EndedByRestart) : (JobState.Cancelled, null);
        }
        catch (JobProblemException e)
        {
            (state, problem) = (JobState.Failed, e.Message);
        }
        catch (Exception e)
        {
            Log.JobFailed(_log, job.View.Id, e);
            (state, problem) = (JobState.Failed, $"it failed by a fault of ours: {e.Message}");
        }

        lock (_gate)
        {
            End(job, state, problem);
            _running--;
            if (!_stopping.IsCancellationRequested) Pump();
        }
    }

    private void Heard(Job job, JobRun run)
    {
        lock (_gate)
        {
            var seconds = _time.GetElapsedTime(job.BeganStamp).TotalSeconds;
            // A rate of the first moments is the rate of opening files.
            double? rate = seconds >= 1 && run.Done > 0 ? run.Done / seconds : null;
            var total = run.Total ?? job.Work!.Total;
            job.View = job.View with
            {
                Done = run.Done, Bytes = run.Bytes, Total = total, PerSecond = rate,
                EndsUs = rate is { } r && total is { } all && all >= run.Done ? NowUs + (long)((all - run.Done) / r * 1e6) : null,
            };
            TellSometimes(job);
        }
    }

    private void End(Job job, JobState state, string? problem)
    {
        var ended = NowUs;
        job.View = job.View with
        {
            State = state, Problem = problem, EndedUs = ended, EndsUs = null, File = state == JobState.Done ? job.Run?.File : null,
            Findings = job.Run?.Findings ?? [], FindingsTotal = job.Run?.FindingsTotal ?? 0, KeptUntilUs = ended + (long)JobLimits.Kept.TotalMicroseconds,
        };
        try
        {
            job.Work?.Dispose();
            if (job.View.File is null) _folder.DeleteFiles(job.View.Id);
            _folder.Save(job.ToKept());
            BoundResults();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.JobNotSaved(_log, job.View.Id, e);
        }

        job.Work = null;
        Tell(job);
        job.Ended.TrySetResult();
    }

    private void Forget(Job job)
    {
        try
        {
            _folder.Delete(job.View.Id);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.JobNotSaved(_log, job.View.Id, e);
        }

        _jobs.Remove(job.View.Id);
        Refresh();
        _live.Tell("job_removed", new JobRemovedView(job.View.Id));
    }

    /// <summary>The oldest results go when all together are too large; never the one that has just been made.</summary>
    private void BoundResults()
    {
        var kept = _jobs.Values.Where(j => j.View.File is not null).OrderByDescending(j => j.View.EndedUs).ToList();
        var bytes = 0L;
        for (var i = 0; i < kept.Count; i++)
        {
            bytes += kept[i].View.File!.Bytes;
            if (i > 0 && bytes > JobLimits.ResultBytesMax) Forget(kept[i]);
        }
    }

    private async Task SweepAsync()
    {
        using var tick = new PeriodicTimer(SweepInterval, _time);
        do
        {
            lock (_gate)
            {
                foreach (var held in _jobs.Values.Where(j => j.View.State == JobState.Waiting && !_queue.Contains(j) && _time.GetElapsedTime(j.HeardStamp) > JobLimits.ReceivePatience).ToList())
                {
                    held.Cancel.Cancel();
                    End(held, JobState.Failed, "its files did not come: the page that sent them was closed, or its link is gone");
                }

                foreach (var old in _jobs.Values.Where(j => j.View.KeptUntilUs < NowUs).ToList()) Forget(old);
            }
        }
        while (await tick.WaitForNextTickAsync(_stopping.Token));
    }

    private void TellSometimes(Job job)
    {
        if (_time.GetElapsedTime(job.ToldStamp) >= JobLimits.TellInterval) Tell(job);
    }

    private void Tell(Job job)
    {
        job.ToldStamp = _time.GetTimestamp();
        Refresh();
        _live.Tell("job", job.View);
    }

    private sealed class Job(string request, IJobWork? work, JobView view)
    {
        public string Request => request;

        /// <summary>Null once it has ended.</summary>
        public IJobWork? Work { get; set; } = work;

        public JobView View { get; set; } = view;

        public JobRun? Run { get; set; }

        public CancellationTokenSource Cancel { get; } = new();

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long BeganStamp { get; set; }

        public long ToldStamp { get; set; }

        /// <summary>When something came for a job that is held.</summary>
        public long HeardStamp { get; set; }

        public bool IsOpen => View.State is JobState.Waiting or JobState.Running;

        public long MissingBytes => Math.Max(0, (Work?.EstimatedBytes ?? 0) - (Run?.Bytes ?? 0));

        public KeptJob ToKept() => new(View, request);
    }
}

/// <summary>Why a job was not begun.</summary>
internal enum JobRefusal
{
    None,
    OtherRequest,
    TooMany,
    NoRoom,
}

/// <param name="View">The job; null when it was not begun.</param>
/// <param name="Why">In words.</param>
internal sealed record JobPost(JobView? View, JobRefusal Refusal, string? Why);
