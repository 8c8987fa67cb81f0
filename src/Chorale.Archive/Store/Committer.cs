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
    private readonly string _folder;
    private IngestStatements? _statements;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Committer(string folder, ArchiveIndex index, StoreOptions options, ChannelReader<PendingChunk> input,
        Action<IReadOnlyList<ChunkRow>> committed, ILogger log)
    {
        (_folder, _index, _options, _input, _committed, _log) = (folder, index, options, input, committed, log);
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

        foreach (var chunk in batch)
        {
            if (chunk.ObsoletePath is { } obsolete) DeleteCopy(obsolete);
            chunk.Done.TrySetResult(new Admission(chunk.StandingChunkId is null ? AdmissionOutcome.Stored : AdmissionOutcome.Duplicate, chunk.Row, null));
        }

        Tell([.. batch.Where(c => c.StandingChunkId is null).Select(c => c.Row)]);
    }

    private static void WriteRow(IngestStatements index, SqliteTransaction transaction, PendingChunk chunk)
    {
        if (GivesWay(index, transaction, chunk)) return;
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

    /// <summary>A chunk and a live copy of it are one chunk: whichever comes second, the chunk stands. True when there is nothing to write.</summary>
    private static bool GivesWay(IngestStatements index, SqliteTransaction transaction, PendingChunk chunk)
    {
        var row = chunk.Row;
        if (row.RunId is not { } run || row.Number is not { } number || index.HolderOf(transaction, row.RecorderId, run, number) is not { } holder) return false;
        var standing = ChunkSql.Find(index.Connection, holder.ChunkId, transaction)!;
        // Of two copies (kept, then heard on) the longer one is worth more.
        if (StoreLayout.IsLiveCopy(row.Path) && !(StoreLayout.IsLiveCopy(holder.Path) && row.Frames > standing.Frames))
        {
            (chunk.ObsoletePath, chunk.StandingChunkId) = (row.Path, holder.ChunkId);
            chunk.Row = standing;
            return true;
        }

        if (!StoreLayout.IsLiveCopy(holder.Path)) return false;
        index.Delete(transaction, holder.ChunkId);
        chunk.ObsoletePath = holder.Path;
        return false;
    }

    /// <summary>After the commit: killed before it, the file is one without a row, which the check names.</summary>
    private void DeleteCopy(string path)
    {
        try
        {
            File.Delete(Path.Combine(_folder, path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.CopyNotDeleted(_log, path, e.Message);
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
