using System.Globalization;
using System.Security.Cryptography;
using Chorale.Archive.Examine;
using Chorale.Archive.Index;
using Chorale.Archive.Peaks;
using Chorale.Archive.Store;
using Chorale.Audio.Files;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Dapper;

namespace Chorale.Archive.Check;

public enum CheckProblem
{
    /// <summary>A row whose file is gone.</summary>
    FileMissing,

    /// <summary>A file nobody knows of.</summary>
    RowMissing,

    /// <summary>Another size or content than was received.</summary>
    Changed,

    /// <summary>The file is torn, or is no audio.</summary>
    Damaged,
}

/// <param name="Repaired">What was done about it; null for nothing.</param>
public sealed record CheckFinding(CheckProblem Problem, string Path, string Detail, string? Repaired);

/// <summary>A device that may have sent files; null point or register: any.</summary>
public sealed record KnownSender(string RecorderId, string? PointId, string? RegisterId);

/// <summary>How far a check is.</summary>
public readonly record struct CheckProgress(int Files, long Bytes);

public sealed record CheckReport(int Files, int Rows, IReadOnlyList<CheckFinding> Findings)
{
    public bool IsSound => Findings.All(f => f.Repaired is not null);
}

/// <summary>
/// Compares the files of an archive with its index, both ways. Files are the truth: repair makes rows from them, and never deletes or
/// changes a file.
/// <para>
/// Who sent a file is not in it: the id in its name was computed from the sender, so that each known sender can be tried (<see cref="ChunkIdentity"/>).
/// </para>
/// </summary>
/// <param name="senders">Devices the hub knows; those that a lost index named come back under the same names.</param>
public sealed class ArchiveCheck(ArchiveIndex index, string folder, IReadOnlyList<KnownSender> senders)
{
    /// <summary>Far longer than the commit of a chunk that has just been stored.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);

    /// <param name="withContent">Read every file: digest and pages. Without, names and sizes are compared.</param>
    /// <param name="repair">Make rows for files that have none, and take away rows whose file is gone.</param>
    /// <param name="progress">Files looked at so far, and their bytes.</param>
    public CheckReport Run(bool withContent, bool repair, Action<CheckProgress>? progress, CancellationToken cancel)
    {
        var rows = index.Read(c => c.Query<Known>(Known.Select)).ToDictionary(r => r.Path);
        var known = rows.Count;
        var findings = new List<CheckFinding>();
        var files = 0;
        var bytes = 0L;
        var unknown = new List<string>();
        var audio = Path.Combine(folder, StoreLayout.Audio);
        if (Directory.Exists(audio))
        {
            foreach (var file in Directory.EnumerateFiles(audio, "*", SearchOption.AllDirectories))
            {
                cancel.ThrowIfCancellationRequested();
                var path = Path.GetRelativePath(folder, file).Replace('\\', '/');
                if (rows.Remove(path, out var row)) Compare(file, row, withContent, findings, cancel);
                else unknown.Add(path);
                bytes += new FileInfo(file) is { Exists: true, Length: var length } ? length : 0;
                progress?.Invoke(new CheckProgress(++files, bytes));
            }
        }

        // A hub goes on taking in and deleting meanwhile: what came or went since the rows were read is asked for again, and a file has its name a
        // moment before it has its row.
        if (unknown.Exists(p => index.Read(c => Row(c, p)) is null)) cancel.WaitHandle.WaitOne(Settle);
        foreach (var path in unknown)
        {
            cancel.ThrowIfCancellationRequested();
            var file = Path.Combine(folder, path);
            if (!File.Exists(file)) continue;
            if (index.Read(c => Row(c, path)) is { } row) Compare(file, row, withContent, findings, cancel);
            else findings.Add(Adopt(file, path, repair, cancel));
        }

        foreach (var row in rows.Values)
        {
            cancel.ThrowIfCancellationRequested();
            if (!File.Exists(Path.Combine(folder, row.Path)) && index.Read(c => Row(c, row.Path)) is not null) findings.Add(Missing(row, repair));
        }

        if (repair) index.Write((connection, transaction) => PeaksSql.MarkSwept(connection, transaction, 0)); // the hub makes the outlines that are missing
        return new CheckReport(files, known, findings);
    }

    private static Known? Row(Microsoft.Data.Sqlite.SqliteConnection connection, string path) =>
        connection.QueryFirstOrDefault<Known>(Known.Select + " WHERE path = @path", new { path });

    private static void Compare(string file, Known row, bool withContent, List<CheckFinding> findings, CancellationToken cancel)
    {
        if (new FileInfo(file) is not { Exists: true, Length: var size }) return; // deleted by retention since it was listed
        if (size != row.SizeBytes)
        {
            findings.Add(new CheckFinding(CheckProblem.Changed, row.Path, $"{size} bytes, {row.SizeBytes} were received", null));
            return;
        }

        if (!withContent) return;
        if (Digest(file, cancel) != row.Sha256) findings.Add(new CheckFinding(CheckProblem.Changed, row.Path, "its content is not what was received", null));
        else if (ChunkFiles.Inspect(file) is { Condition: not ChunkCondition.Intact } found)
            findings.Add(new CheckFinding(CheckProblem.Damaged, row.Path, $"arrived so: {found.Detail}", "labelled"));
    }

    private CheckFinding Adopt(string file, string path, bool repair, CancellationToken cancel)
    {
        var found = ChunkFiles.Inspect(file);
        if (found.Codec is null || found.Frames <= 0) return new CheckFinding(CheckProblem.Damaged, path, $"no audio in it: {found.Detail}", null);
        if (!repair) return new CheckFinding(CheckProblem.RowMissing, path, "no row; --repair makes one", null);
        var parts = path.Split('/');
        if (parts.Length != 6 || !RecorderId.IsValid(parts[1]) || !RecorderId.IsValid(parts[2]))
            return new CheckFinding(CheckProblem.RowMissing, path, "not in a folder audio/POINT/REGISTER/DATE/HOUR", null);
        var ours = ChunkTags.TryParse(found.Tags.Select(t => KeyValuePair.Create(t.Name, t.Value)), out var tags);
        if (!TryStart(parts[5], out var startUs) && !ours) return new CheckFinding(CheckProblem.RowMissing, path, "neither tags nor a name that tells when", null);

        var isCopy = StoreLayout.IsLiveCopy(path);
        var id = Path.GetFileNameWithoutExtension(parts[5]).Split('_')[^1];
        if (isCopy) id = id[..^StoreLayout.LiveMark.Length];
        var sha256 = Digest(file, cancel);
        var place = (isCopy ? Examination.LiveCopyPlace : "") + (ours ? $"run {tags!.Run} {tags.Number}" : $"start {startUs}");
        var recorder = Sender(parts[1], parts[2], ours ? tags!.Recorder : parts[2], who => ChunkIdentity.Of(who, place, sha256).ToString() == id);
        var receivedUs = WallTime.ToMicroseconds(File.GetLastWriteTimeUtc(file));
        var finding = Examination.Examine(
            new IncomingChunk { RecorderId = recorder, PointId = parts[1], RegisterId = parts[2], StartUs = ours ? tags!.StartUs : startUs, IsLiveCopy = isCopy, Remark = isCopy ? "live copy: found without its chunk" : null },
            found, new ReceivedFile(new FileInfo(file).Length, sha256, receivedUs));
        if (finding.Row is not { } row) return new CheckFinding(CheckProblem.Damaged, path, finding.Refusal!, null);
        row = row with { Path = path, ChunkId = Guid.TryParse(id, out _) ? id : row.ChunkId };
        var isTaken = index.Write((connection, transaction) =>
        {
            // Asked with the write lock held: a hub may have written the row of this very file just now.
            if (Stands(connection, row)) return true;
            var name = ours && tags!.Recorder != recorder ? tags.Recorder : null;
            RecorderSql.Seen(connection, transaction, new RecorderSeen(recorder, name, parts[1], parts[2], receivedUs, null, row.StartUs));
            ChunkSql.Insert(connection, transaction, row);
            if (tags?.GapBefore is { } gap) RecorderSql.AddGap(connection, transaction, recorder, gap);
            return false;
        });
        if (isTaken) return new CheckFinding(CheckProblem.RowMissing, path, isCopy ? "a live copy whose chunk has come; it may be deleted" : "another file already stands for its chunk; left alone", null);
        return new CheckFinding(CheckProblem.RowMissing, path, "no row", ours ? "row made from the file's tags" : "row made from the file's name");
    }

    /// <summary>The sender whose id fits the file's name; else the only device of that folder; else what the file or its folder says.</summary>
    private string Sender(string point, string register, string said, Func<string, bool> fits)
    {
        if (fits(said)) return said;
        if (senders.FirstOrDefault(s => fits(s.RecorderId)) is { } sure) return sure.RecorderId;
        var near = senders.Where(s => s.PointId == point && s.RegisterId == register).ToList();
        return near.Count == 1 ? near[0].RecorderId : said;
    }

    private CheckFinding Missing(Known row, bool repair)
    {
        if (!repair) return new CheckFinding(CheckProblem.FileMissing, row.Path, "its file is gone", null);
        index.Write((connection, transaction) =>
        {
            connection.Execute("DELETE FROM chunks WHERE chunk_id = @ChunkId", row, transaction);
            RecorderSql.AddGap(connection, transaction, row.RecorderId, new GapEntry(row.StartUs, row.EndUs, row.Frames, GapCauses.ToText(GapCause.Damaged)));
        });
        return new CheckFinding(CheckProblem.FileMissing, row.Path, "its file is gone", "row taken away, the timeline says damaged");
    }

    private static bool Stands(Microsoft.Data.Sqlite.SqliteConnection connection, ChunkRow row) =>
        ChunkSql.Find(connection, row.ChunkId) is not null
        || (row is { RunId: { } run, Number: { } number } && ChunkSql.FindByIdentity(connection, row.RecorderId, run, number) is not null);

    /// <summary><c>chunk_YYYYMMDD_HHMMSS_ID.ogg</c>, in UTC.</summary>
    private static bool TryStart(string name, out long us)
    {
        us = 0;
        if (name.Length < 21 || !name.StartsWith("chunk_", StringComparison.Ordinal)) return false;
        if (!DateTimeOffset.TryParseExact(name.AsSpan(6, 15), "yyyyMMdd'_'HHmmss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)) return false;
        us = WallTime.ToMicroseconds(at);
        return true;
    }

    private static string Digest(string file, CancellationToken cancel)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[256 * 1024];
        while (stream.Read(block) is > 0 and var read)
        {
            cancel.ThrowIfCancellationRequested(); // an hour of eight channels has gigabytes
            hash.AppendData(block, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private sealed record Known
    {
        public const string Select = "SELECT chunk_id, recorder_id, path, size_bytes, sha256, start_us, end_us, frames FROM chunks";

        public string ChunkId { get; init; } = "";
        public string RecorderId { get; init; } = "";
        public string Path { get; init; } = "";
        public long SizeBytes { get; init; }
        public string Sha256 { get; init; } = "";
        public long StartUs { get; init; }
        public long EndUs { get; init; }
        public long Frames { get; init; }
    }
}
