using System.Threading.Channels;
using Chorale.Archive.Index;
using Chorale.Protocol.Chunks;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Chorale.Archive.Store;

/// <summary>
/// One thread that takes whatever waits (files and folders are on the disk by then), writes its rows in one transaction, and only then lets
/// the receipts go.
/// </summary>
internal sealed class Committer
{
    private readonly ArchiveIndex _index;
    private readonly StoreOptions _options;
    private readonly ChannelReader<PendingChunk> _input;
    private readonly Action<IReadOnlyList<ChunkRow>> _committed;
    private readonly ILogger _log;
    private IngestStatements? _statements;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Committer(ArchiveIndex index, StoreOptions options, ChannelReader<PendingChunk> input,
        Action<IReadOnlyList<ChunkRow>> committed, ILogger log)
    {
        (_index, _options, _input, _committed, _log) = (index, options, input, committed, log);
        new Thread(Work) { IsBackground = true, Name = "archive-commit" }.Start();
    }

    /// <summary>Completes when the input has completed and everything in it was committed or failed.</summary>
    public Task Ended => _ended.Task;

    private void Work()
    {
        var batch = new List<PendingChunk>(_options.BatchMax);
        while (_input.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (batch.Count < _options.BatchMax && _input.TryRead(out var chunk)) batch.Add(chunk);
            if (batch.Count > 0) Commit(batch);
            batch.Clear();
        }

        _ended.TrySetResult();
    }

    private void Commit(List<PendingChunk> batch)
    {
        try
        {
            Step(batch, StoreStep.FolderSynced);
            _index.Write((connection, transaction) =>
            {
                if (_statements?.Connection != connection) _statements = new IngestStatements(connection);
                foreach (var chunk in batch) WriteRow(_statements, transaction, chunk);
                Step(batch, StoreStep.RowWritten);
            });
            Step(batch, StoreStep.Committed);
        }
        catch (Exception e) // the boundary that handles one batch: every sender is told, the next batch is tried afresh
        {
            Log.CommitFailed(_log, batch.Count, e);
            foreach (var chunk in batch) chunk.Done.TrySetException(e);
            return;
        }

        foreach (var chunk in batch) chunk.Done.TrySetResult(new Admission(AdmissionOutcome.Stored, chunk.Row, null));
        Tell([.. batch.Select(c => c.Row)]);
    }

    private static void WriteRow(IngestStatements index, SqliteTransaction transaction, PendingChunk chunk)
    {
        var row = ChunkRelations.Label(index, transaction, chunk.Row);
        chunk.Row = row;
        var said = chunk.Said;
        var header = said.Header is { } h ? System.Text.Json.JsonSerializer.Serialize(h) : null;
        var name = said.Header is { } named && named.Recorder != row.RecorderId ? named.Recorder : null;
        index.Seen(transaction,
            new RecorderSeen(row.RecorderId, name, said.PointId, said.RegisterId, row.ReceivedUs, header, row.StartUs));
        index.Insert(transaction, row);
        foreach (var gap in chunk.Gaps)
        {
            if (gap.ToUs >= gap.FromUs && gap.Frames >= 0 && GapCauses.TryParse(gap.Cause, out _))
                index.AddGap(transaction, row.RecorderId, gap);
        }
    }

    private void Tell(IReadOnlyList<ChunkRow> rows)
    {
        try
        {
            _committed(rows);
        }
        catch (Exception e) // a listener's fault is not the archive's
        {
            Log.ListenerFailed(_log, e);
        }
    }

    private void Step(List<PendingChunk> batch, StoreStep step)
    {
        if (_options.OnStep is not { } onStep) return;
        foreach (var chunk in batch) onStep(step, chunk.Row.ChunkId);
    }
}
