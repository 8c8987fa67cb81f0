using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Chorale.Hub.Access;
using Chorale.Protocol;
using Chorale.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub.Audit;

/// <summary>
/// The record of who did what, in <c>audit.db</c>: only ever added to. Nobody who presses something waits for it: entries go through a
/// channel to one task that writes what has gathered in one transaction.
/// </summary>
public sealed class AuditLog : IAsyncDisposable
{
    public const string FileName = "audit.db";

    private const string Schema = "AuditSchema.sql";

    /// <summary>A bit more than a year of a busy house, about 300 MB.</summary>
    internal const int RowsMax = 1_000_000;

    internal static readonly TimeSpan KeepFor = TimeSpan.FromDays(400);

    private const int BatchMax = 256, TrimEvery = 1_000;

    private readonly AccessFile _file;
    private readonly AgeClock _ages;
    private readonly ILogger? _log;

    /// <summary>Some seconds of a flood; who is faster waits.</summary>
    private readonly Channel<(AuditEntry? Entry, TaskCompletionSource? Written)> _queue =
        Channel.CreateBounded<(AuditEntry?, TaskCompletionSource?)>(new BoundedChannelOptions(4_096) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly Task _writing;
    private int _sinceTrim;

    private AuditLog(string path, AgeClock ages, ILogger? log)
    {
        (_file, _ages, _log) = (new AccessFile(path, Schema), ages, log);
        _file.Write(Trim);
        _writing = Task.Run(WriteAsync);
    }

    public static AuditLog Open(string dataFolder, AgeClock ages, ILoggerFactory? logs = null)
    {
        Directory.CreateDirectory(dataFolder);
        return new AuditLog(Path.Combine(dataFolder, FileName), ages, logs?.CreateLogger("Chorale.Hub.Audit"));
    }

    /// <summary>For what is done on the machine itself, beside a hub that may run.</summary>
    public static AuditLocal OpenToAdd(string dataFolder, TimeProvider time)
    {
        Directory.CreateDirectory(dataFolder);
        return new AuditLocal(new AccessFile(Path.Combine(dataFolder, FileName), Schema), time);
    }

    internal ValueTask AddAsync(AuditEntry entry) => _queue.Writer.WriteAsync((entry, null));

    /// <summary>Newest first; what was added before this was called is among it.</summary>
    public async Task<IReadOnlyList<AuditEntry>> ReadAsync(AuditQuery query)
    {
        await FlushAsync();
        return _file.Read(c => AuditSql.Read(c, query));
    }

    /// <summary>All of them, newest first, a thousand at a time.</summary>
    public async IAsyncEnumerable<AuditEntry> ReadAllAsync(AuditQuery query, [EnumeratorCancellation] CancellationToken cancel)
    {
        for (var next = query with { Limit = 1_000 }; ;)
        {
            cancel.ThrowIfCancellationRequested();
            var some = await ReadAsync(next);
            foreach (var entry in some) yield return entry;
            if (some.Count < next.Limit) yield break;
            next = next with { Before = some[^1].Id };
        }
    }

    /// <summary>Writes what was added, then closes.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _writing;
        _file.Dispose();
    }

    private async Task FlushAsync()
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_queue.Writer.TryWrite((null, written))) await written.Task;
    }

    private async Task WriteAsync()
    {
        var batch = new List<(AuditEntry? Entry, TaskCompletionSource? Written)>();
        while (await _queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < BatchMax && _queue.Reader.TryRead(out var one)) batch.Add(one);
            try
            {
                if (batch.Exists(b => b.Entry is not null)) _file.Write(c => Write(c, batch));
            }
            catch (Exception e)
            {
                Lost(batch, e); // the command itself was carried out; a full disk must not keep anybody from STOP
            }

            foreach (var (_, written) in batch) written?.TrySetResult();
        }
    }

    private void Write(SqliteConnection c, List<(AuditEntry? Entry, TaskCompletionSource? Written)> batch)
    {
        foreach (var (entry, _) in batch)
        {
            if (entry is not null) AuditSql.Insert(c, entry);
        }

        if ((_sinceTrim += batch.Count) < TrimEvery) return;
        _sinceTrim = 0;
        Trim(c);
    }

    private void Trim(SqliteConnection c) => AuditSql.DeleteOver(c, WallTime.ToMicroseconds(_ages.Now - KeepFor), RowsMax);

    private void Lost(List<(AuditEntry? Entry, TaskCompletionSource? Written)> batch, Exception e)
    {
        if (_log is null) return;
        foreach (var (entry, _) in batch)
        {
            if (entry is not null) Log.AuditLost(_log, entry.Who, entry.Action, entry.Target, e);
        }
    }
}

/// <summary>Adds to the record without a hub; each entry is written when <see cref="Add"/> returns.</summary>
public sealed class AuditLocal : IDisposable
{
    private readonly AccessFile _file;
    private readonly TimeProvider _time;

    internal AuditLocal(AccessFile file, TimeProvider time) => (_file, _time) = (file, time);

    public void Add(string who, string action, string target, string detail) => _file.Write(c => AuditSql.Insert(c, new AuditEntry(
        0, WallTime.ToMicroseconds(_time.GetUtcNow()), AuditEntry.Printable(who, 80), null, "this machine", action, AuditEntry.Printable(target, 200), AuditEntry.Printable(detail), "accepted", 0)));

    public void Dispose() => _file.Dispose();
}
