using System.Collections.Concurrent;
using System.Security.Cryptography;
using Chorale.Archive.Align;
using Chorale.Archive.Index;
using Chorale.Archive.Range;
using Chorale.Audio.Files;
using Chorale.Fleet.Sessions;
using Chorale.Protocol;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub.Fleet;

/// <summary>Where the audio of a module's part of a session can be had.</summary>
internal enum TrackSource
{
    /// <summary>The file that was recorded, as its SHA-256 proves.</summary>
    File,

    /// <summary>What the same recorder sent meanwhile as continuous chunks.</summary>
    Archive,

    /// <summary>Nowhere on this machine.</summary>
    None,
}

/// <param name="Why">Null where there is audio, else a code: not_recorded, not_complete, no_first_frame, no_file, other_file, unreadable.</param>
/// <param name="Detail">The same in words.</param>
/// <param name="Track">Null where there is no audio.</param>
/// <param name="RecorderId">Of the archive, where that is the source.</param>
/// <param name="CoveredUs">How much of the stretch there is audio for.</param>
internal sealed record SessionTrack(SessionModule Module, TrackSource Source, string? Why, string? Detail, StretchTrack? Track, string? RecorderId, long CoveredUs)
{
    public string Name => Module.Module.Value;
}

/// <summary>A session as one stretch of time with a track for each module.</summary>
/// <param name="Frames">0 while nothing can be heard.</param>
internal sealed record SessionLine(SessionManifest Session, long FromUs, long Frames, int RateHz, IReadOnlyList<SessionTrack> Tracks)
{
    public Stretch ToStretch() => new(FromUs, Frames, RateHz, [.. Tracks.Select(t => t.Track).OfType<StretchTrack>()]);
}

/// <summary>
/// Finds the audio of sessions on this machine, and lines it up as <c>chorale fleet export</c> does. Names from the network are looked for by
/// their last part alone, in folders that the operator has named.
/// </summary>
internal sealed class SessionTracks(ArchiveIndex index, string archiveFolder, IReadOnlyList<string> recordingFolders, ILogger log)
{
    private readonly IReadOnlyList<string> _folders = [.. recordingFolders.Select(Path.GetFullPath)];
    private readonly ConcurrentDictionary<(string Path, long Bytes, DateTime WrittenAt), string> _digests = new();
    private readonly ConcurrentDictionary<string, Lock> _turns = new();

    /// <param name="session">Whose tracks.</param>
    /// <param name="rateHz">Of the common line; null: that of the first file.</param>
    public SessionLine Find(SessionManifest session, CancellationToken cancel, int? rateHz = null)
    {
        var found = session.Modules.Select(m => Look(m, cancel)).ToList();
        var starts = found.Where(f => f.Why is null).Select(f => f.Module.FirstFrameUtc).OfType<DateTimeOffset>().ToList();
        var start = session.StartAt?.AddSeconds(-session.PreRollSeconds) ?? (starts.Count > 0 ? starts.Max() : session.CreatedAt);
        var rate = rateHz ?? found.Select(f => f.RateHz).FirstOrDefault(r => r > 0);
        var end = session.DurationSeconds is { } seconds ? start.AddSeconds(session.PreRollSeconds + seconds)
            : found.Select(f => End(f.Module)).OfType<DateTimeOffset>().Append(start).Max();
        var (fromUs, toUs) = (WallTime.ToMicroseconds(start), WallTime.ToMicroseconds(end));
        var tracks = found.Select(f => Track(f, fromUs, toUs, ref rate)).ToList();
        var frames = tracks.Exists(t => t.Track is not null) && rate > 0 ? (long)Math.Round((end - start).TotalSeconds * rate) : 0;
        return new SessionLine(session, fromUs, Math.Max(0, frames), rate, tracks);
    }

    private SessionTrack Track(Found f, long fromUs, long toUs, ref int rateHz)
    {
        if (f.Path is { } path)
        {
            var track = new AlignedTrack(f.Module.Module.Value, path, f.Module.FirstFrameUtc!.Value, (f.Module.RatePpm ?? 0) + (f.Module.ClockPpm ?? 0));
            var covered = End(f.Module) is { } end ? Math.Min(toUs, WallTime.ToMicroseconds(end)) - Math.Max(fromUs, WallTime.ToMicroseconds(track.FirstFrameAt)) : toUs - fromUs;
            return new SessionTrack(f.Module, TrackSource.File, null, null, Stretch.OfFile(track, fromUs, rateHz), null, Math.Max(0, covered));
        }

        // Chunks carry the module's clock: what the master measured of it is taken off here.
        var (from, to) = (fromUs + (long)Math.Round(f.Module.ClockOffsetUs), toUs + (long)Math.Round(f.Module.ClockOffsetUs));
        if (to > from && Recorder(f.Module.Module.Value) is { } recorder)
        {
            var covered = index.Read(c => TimelineQuery.Read(c, from, to, [recorder], TimelineDetail.Spans, 200, CancellationToken.None)).Recorders
                .Sum(r => r.Spans.Sum(s => s.ToUs - s.FromUs) + r.Buckets.Sum(b => b.CoveredUs));
            if (covered > 0)
            {
                if (rateHz == 0) rateHz = index.Read(c => RangeSql.Chunks(c, recorder, from, to)).Where(c => c.StartUs < to && c.EndUs > from).Max(c => c.DecodedRateHz);
                var track = Stretch.OfArchive(index, archiveFolder, recorder, f.Module.Module.Value, from, to, rateHz, log);
                return new SessionTrack(f.Module, TrackSource.Archive, null, f.Detail, track, recorder, covered);
            }
        }

        return new SessionTrack(f.Module, TrackSource.None, f.Why, f.Detail, null, null, 0);
    }

    private Found Look(SessionModule module, CancellationToken cancel)
    {
        Found Missing(string why, string detail) => new(module, null, 0, why, detail);
        if (!module.IsConfirmed && module.Verdict is not null) return Missing("not_recorded", module.Reason ?? module.Verdict.ToString()!);
        if (module.CompletedAt is null) return Missing("not_complete", "its recording is not complete");
        if (module.FirstFrameUtc is null) return Missing("no_first_frame", "it does not tell when its first frame was, so it cannot be aligned");
        var name = module.Files.Count > 0 ? Path.GetFileName(module.Files[0]) : "";
        var path = name.Length == 0 ? null : Places(module).Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists);
        if (path is null) return Missing("no_file", name.Length == 0 ? "it names no file" : $"{name} lies on the module, not on this machine");
        try
        {
            if (module.Sha256 is { } expected && !Digest(path, cancel).Equals(expected, StringComparison.OrdinalIgnoreCase))
                return Missing("other_file", $"{name} is here, but is not the file that was recorded: its SHA-256 differs from the manifest's");
            using var reader = AudioFileReader.Open(path);
            return new Found(module, path, reader.Format.SampleRateHz, null, null);
        }
        catch (Exception e) when (e is AudioFileException or IOException or UnauthorizedAccessException)
        {
            return Missing("unreadable", $"{name} cannot be read: {e.Message}");
        }
    }

    private IEnumerable<string> Places(SessionModule module)
    {
        foreach (var folder in _folders)
        {
            yield return folder;
            yield return Path.Combine(folder, module.Module.Value);
        }

        if (module.Folder is not { Length: > 0 } said || said.Contains('\0')) yield break;
        var own = Path.GetFullPath(said);
        if (_folders.Any(f => own == f || own.StartsWith(f + Path.DirectorySeparatorChar, StringComparison.Ordinal))) yield return own;
    }

    private string? Recorder(string module)
    {
        var named = index.Read(c => Dapper.SqlMapper.Query<string>(
            c, "SELECT recorder_id FROM recorders WHERE recorder_id = @module OR name = @module ORDER BY recorder_id = @module DESC", new { module }).ToList());
        return named.Count == 1 || (named.Count > 1 && named[0] == module) ? named[0] : null;
    }

    private static DateTimeOffset? End(SessionModule m) => m is { FirstFrameUtc: { } first, Frames: { } frames, SampleRateHz: { } rate } && rate > 0
        ? first.AddSeconds(frames / (rate * (1 + ((m.RatePpm ?? 0) + (m.ClockPpm ?? 0)) / 1e6))) : null;

    /// <summary>Of a file as it is now; taken once.</summary>
    private string Digest(string path, CancellationToken cancel)
    {
        var info = new FileInfo(path);
        var key = (path, info.Length, info.LastWriteTimeUtc);
        if (_digests.TryGetValue(key, out var known)) return known;
        lock (_turns.GetOrAdd(path, static _ => new Lock())) // who looks at the same session meanwhile reads no gigabytes again
        {
            return _digests.TryGetValue(key, out known) ? known : _digests[key] = Hash(path, cancel);
        }
    }

    private static string Hash(string path, CancellationToken cancel)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[256 * 1024];
        while (stream.Read(block) is > 0 and var read)
        {
            cancel.ThrowIfCancellationRequested();
            hash.AppendData(block, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private sealed record Found(SessionModule Module, string? Path, int RateHz, string? Why, string? Detail);
}
