using System.Data.Common;
using Chorale.Recorder.Spool;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Upload;

/// <summary>
/// Sends what waits in the spool, oldest first, one at a time. One task; nothing that happens here reaches capture, and nothing but
/// <c>stopping</c> ends it.
/// </summary>
public sealed class UploadLoop(SpoolStore spool, IChunkSink sink, RetrySchedule retry, TimeProvider time, ILogger log)
{
    /// <summary>How long an upload under way is given once the recorder stops.</summary>
    public static readonly TimeSpan GraceAfterStop = TimeSpan.FromSeconds(5);

    /// <summary>How often an idle loop looks although nobody called.</summary>
    private static readonly TimeSpan IdlePoll = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(1);

    /// <summary>How often a spool that could not write is tried again.</summary>
    private static readonly TimeSpan SettleEvery = TimeSpan.FromSeconds(30);

    private readonly HeadOfLine _line = new();
    private readonly Dictionary<long, Settlement> _unsettled = [];
    private readonly long _originStamp = time.GetTimestamp();
    private UploadStatus _status = new();
    private int _storedUnreported;
    private SpoolChunk? _lastStored;
    private string? _lastRemoteId;
    private long _reportStamp;
    private long _settleStamp;

    /// <summary>Told on the loop's thread of every chunk that the server has taken; must not wait.</summary>
    public Action<SpoolChunk>? Uploaded { get; set; }

    /// <summary>May be read from any thread.</summary>
    public UploadStatus Status => Volatile.Read(ref _status);

    public async Task RunAsync(CancellationToken stopping)
    {
        using var abort = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using var grace = stopping.Register(() => abort.CancelAfter(GraceAfterStop));
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (await RunOnceAsync(stopping, abort.Token) is { } pause) await Task.Delay(pause, time, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break; // the wait, or an upload that outlived its grace: the chunk stays first in line
            }
#pragma warning disable CA1031 // supervisor: the spool failed; the audio is safe where it is, and the next round may work
            catch (Exception e)
#pragma warning restore CA1031
            {
                Log.LocalError(log, e, "-", e.Message);
                Fail(e.Message);
                await PauseAsync(retry.MarkFailure(), stopping);
            }
        }

        Report(force: true);
        Log.Stopped(log, Waiting());
    }

    /// <returns>How long to wait before the next round; null = go on at once.</returns>
    private async Task<TimeSpan?> RunOnceAsync(CancellationToken stopping, CancellationToken abort)
    {
        SettleOld();
        var chunk = Next();
        if (chunk is null)
        {
            Report(force: true);
            await spool.WaitForReadyAsync(IdlePoll, stopping);
            return null;
        }

        return Judge(chunk, await AttemptAsync(chunk, abort));
    }

    /// <summary>When all that is left is under suspicion, the oldest of it is tried all the same; what rests or is settled is not.</summary>
    private SpoolChunk? Next()
    {
        var skipped = _line.Skipped(Now);
        skipped.UnionWith(_unsettled.Keys);
        if (spool.NextToSend(skipped) is { } next) return next;
        var resting = _line.Resting(Now);
        resting.UnionWith(_unsettled.Keys);
        return skipped.Count > resting.Count ? spool.NextToSend(resting) : null;
    }

    private async Task<UploadResult> AttemptAsync(SpoolChunk chunk, CancellationToken abort)
    {
        try
        {
            return await sink.SendAsync(chunk, abort);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            Log.LocalError(log, null, chunk.Id.ToString(), e.Message);
            return new UploadResult(UploadOutcome.Rejected, $"file is gone: {e.Message}");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.LocalError(log, e, chunk.Id.ToString(), e.Message);
            return new UploadResult(UploadOutcome.Unavailable, e.Message, MayBeTheChunk: true);
        }
    }

    private TimeSpan? Judge(SpoolChunk chunk, UploadResult result)
    {
        switch (result.Outcome)
        {
            case UploadOutcome.Accepted:
                Accept(chunk, result);
                Uploaded?.Invoke(chunk);
                return null;
            case UploadOutcome.Rejected:
                return Reject(chunk, result);
            case UploadOutcome.Unavailable:
                return Postpone(chunk, result);
            default:
                throw new System.Diagnostics.UnreachableException($"outcome {result.Outcome}");
        }
    }

    private void Accept(SpoolChunk chunk, UploadResult result)
    {
        if (Status.FailuresInRow > 0) Log.Resumed(log, sink.Description, Status.FailuresInRow);
        retry.MarkSuccess();
        _line.MarkSettled(chunk.RowId);
        Set(Status with
        {
            UploadedTotal = Status.UploadedTotal + 1, LastUploadAt = time.GetUtcNow(), LastError = null, FailuresInRow = 0, RejectedInRow = 0,
            RestingChunks = _line.RestingChunks, CredentialsRefused = false,
        });
        (_lastStored, _lastRemoteId) = (chunk, result.RemoteId);
        _storedUnreported++;
        Settle(chunk, result);
        Report(force: false);
    }

    /// <summary>The link works, this chunk never will. A long row of refusals is taken slowly, so that a mistyped id does not sweep the whole spool aside.</summary>
    private TimeSpan? Reject(SpoolChunk chunk, UploadResult result)
    {
        Log.Rejected(log, chunk.Id.ToString(), result.Detail);
        _line.MarkSettled(chunk.RowId);
        Fail(result.Detail);
        Set(Status with
        {
            RejectedTotal = Status.RejectedTotal + 1, FailuresInRow = 0, RejectedInRow = Status.RejectedInRow + 1,
            RestingChunks = _line.RestingChunks, CredentialsRefused = false,
        });
        Settle(chunk, result);
        if (Status.RejectedInRow < UploadStatus.RejectedInRowMax)
        {
            retry.MarkSuccess();
            return null;
        }

        if (Status.RejectedInRow == UploadStatus.RejectedInRowMax) Log.ManyRejected(log, Status.RejectedInRow, result.Detail);
        return Backoff(null);
    }

    private TimeSpan? Postpone(SpoolChunk chunk, UploadResult result)
    {
        if (result.StatusCode != 0) Log.HttpError(log, chunk.Id.ToString(), result.Detail, result.StatusCode);
        else Log.NetworkError(log, chunk.Id.ToString(), result.Detail);
        if (result.IsCredentialProblem && !Status.CredentialsRefused) Log.Refused(log, sink.Description, result.Detail);
        var rest = result.MayBeTheChunk ? _line.MarkFailure(chunk.RowId, Now) : null;
        if (rest is { } length) Log.PassedOver(log, chunk.Id.ToString(), length.TotalMinutes);
        Fail(result.Detail);
        Set(Status with { RestingChunks = _line.RestingChunks, CredentialsRefused = result.IsCredentialProblem });
        spool.MarkAttempt(chunk, result.Detail);
        return Backoff(result.RetryAfter);
    }

    /// <summary>
    /// What the server decided is remembered until the spool has it on the disk: a card that turned read-only must neither make us send
    /// one chunk for ever nor keep the others waiting. Lost with the process; then the chunk is sent again, and the key makes it one.
    /// </summary>
    private void Settle(SpoolChunk chunk, UploadResult result)
    {
        var settlement = new Settlement(chunk, result);
        if (TryWrite(settlement)) return;
        _unsettled[chunk.RowId] = settlement;
        _settleStamp = time.GetTimestamp();
    }

    private void SettleOld()
    {
        if (_unsettled.Count == 0 || time.GetElapsedTime(_settleStamp) < SettleEvery) return;
        _settleStamp = time.GetTimestamp();
        foreach (var settlement in _unsettled.Values.ToList())
        {
            if (!TryWrite(settlement)) return;
            _unsettled.Remove(settlement.Chunk.RowId);
        }
    }

    private bool TryWrite(Settlement settlement)
    {
        var (chunk, result) = settlement;
        try
        {
            if (result.Outcome == UploadOutcome.Accepted) spool.MarkUploaded(chunk, result.RemoteId);
            else spool.Quarantine(chunk, result.Detail);
            return true;
        }
#pragma warning disable CA1031 // boundary of one chunk: the spool cannot write, sending goes on
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.LocalError(log, e, chunk.Id.ToString(), $"{result.Outcome}, but the spool cannot keep it: {e.Message}");
            return false;
        }
    }

    private TimeSpan Backoff(TimeSpan? retryAfter)
    {
        var pause = retry.MarkFailure(retryAfter);
        Log.Backoff(log, pause.TotalSeconds);
        return pause;
    }

    private void Fail(string error) => Set(Status with
    {
        ErrorsTotal = Status.ErrorsTotal + 1, LastError = error, LastErrorAt = time.GetUtcNow(), FailuresInRow = Status.FailuresInRow + 1,
    });

    private void Set(UploadStatus status) => Volatile.Write(ref _status, status);

    /// <summary>At most a line a second, however fast a backlog drains.</summary>
    private void Report(bool force)
    {
        if (_storedUnreported == 0 || (!force && time.GetElapsedTime(_reportStamp) < ReportEvery)) return;
        Log.Ok(log, _storedUnreported, _lastStored!.Id.ToString(), _lastStored.SizeBytes, _lastRemoteId, Waiting());
        (_storedUnreported, _reportStamp) = (0, time.GetTimestamp());
    }

    /// <summary>For a log line only; -1 when the disk does not say.</summary>
    private int Waiting()
    {
        try
        {
            return spool.Totals().ReadyChunks;
        }
        catch (Exception e) when (e is IOException or DbException)
        {
            return -1;
        }
    }

    private TimeSpan Now => time.GetElapsedTime(_originStamp);

    private async Task PauseAsync(TimeSpan pause, CancellationToken stopping)
    {
        try
        {
            await Task.Delay(pause, time, stopping);
        }
        catch (OperationCanceledException)
        {
            // The loop's condition ends it.
        }
    }

    private sealed record Settlement(SpoolChunk Chunk, UploadResult Result);
}
