using System.Globalization;
using System.Text;
using Chorale.Archive.Align;
using Chorale.Archive.Index;
using Chorale.Archive.Range;
using Chorale.Audio.Files;
using Chorale.Fleet.Sessions;
using Chorale.Hub.Fleet;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Dapper;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub.Jobs;

/// <summary>Makes a plan of what was asked for; reads the index and heads of files, writes nothing.</summary>
internal sealed class ExportPlanner(HubParts hub)
{
    /// <summary>Of a WAV: RIFF and its players know no more than this many channels by number.</summary>
    private const int WavChannelsMax = 64;

    private readonly ILogger _log = hub.Logs.CreateLogger("Chorale.Archive.Range");

    /// <exception cref="JobProblemException">There is nothing of it, or no file can hold it; the message says what.</exception>
    public ExportPlan Plan(ExportRequest request, CancellationToken cancel) =>
        request.Session is { } session ? OfSession(request, session, cancel) : OfRecorders(request, cancel);

    private ExportPlan OfRecorders(ExportRequest request, CancellationToken cancel)
    {
        var (fromUs, toUs) = (request.FromUs!.Value, request.ToUs!.Value);
        var leftOut = new List<JobFinding>();
        var sources = new List<(string Id, string Name, IReadOnlyList<RangeChunk> Chunks)>();
        foreach (var id in request.Recorders!)
        {
            var row = hub.Index.Read(c => c.QueryFirstOrDefault<(string Id, string? Name)>("SELECT recorder_id, name FROM recorders WHERE recorder_id = @id", new { id }));
            if (row.Id is null) throw new JobProblemException($"there is no recorder '{id}'");
            var chunks = hub.Index.Read(c => RangeSql.Chunks(c, id, fromUs, toUs)).Where(c => c.StartUs < toUs && c.EndUs > fromUs).ToList();
            if (chunks.Count == 0) leftOut.Add(new JobFinding("left_out", row.Name ?? id, "there is no audio of it in this period"));
            else sources.Add((id, row.Name ?? id, chunks));
        }

        if (sources.Count == 0) throw new JobProblemException("there is no audio of the chosen recorders in this period; the timeline says why");
        var rateHz = request.Codec == AudioCodec.Opus ? 48_000 : request.RateHz ?? sources.Max(s => s.Chunks.Max(c => c.DecodedRateHz));
        var names = Names(sources.Select(s => (s.Id, s.Name)));
        var period = string.Create(CultureInfo.InvariantCulture, $"{WallTime.FromMicroseconds(fromUs):yyyyMMdd'T'HHmmss'Z'}_{WallTime.FromMicroseconds(toUs):yyyyMMdd'T'HHmmss'Z'}");
        var tracks = sources.ToDictionary(s => s.Id, s => Describe(s.Id, s.Name, s.Chunks, fromUs, toUs, cancel));
        List<ExportPart> parts;
        if (request.Wanted == ExportLayout.Separate)
        {
            parts = [.. sources.Select(s => Separate(s.Id, names[s.Id], request.Codec, fromUs, toUs, tracks[s.Id], cancel))];
            rateHz = parts.Max(p => p.RateHz);
        }
        else
        {
            var stretch = new Stretch(fromUs, (long)(((Int128)(toUs - fromUs) * rateHz + 500_000) / 1_000_000), rateHz,
                [.. sources.Select(s => Stretch.OfArchive(hub.Index, hub.Store.Folder, s.Id, names[s.Id], fromUs, toUs, rateHz, _log))]);
            var bits = sources.All(s => s.Chunks.All(c => c.Codec == "opus")) ? 16 : 24;
            parts = Parts(request, stretch, 0, stretch.Frames, bits, period, [.. sources.Select(s => tracks[s.Id])]);
        }

        return new ExportPlan
        {
            FromUs = fromUs, ToUs = toUs, RateHz = rateHz, Format = request.Codec.ToString().ToLowerInvariant(), Layout = request.Wanted, Parts = parts, LeftOut = leftOut,
            Name = $"{(sources.Count == 1 ? names[sources[0].Id] : "chorale")}_{period}",
        };
    }

    private ExportPlan OfSession(ExportRequest request, string id, CancellationToken cancel)
    {
        var session = hub.Fleet.FindSession(id) ?? throw new JobProblemException($"there is no session '{id}'");
        var line = hub.Tracks.Find(session, cancel);
        var wanted = line.Tracks.Where(t => request.Modules is null || request.Modules.Contains(t.Name)).ToList();
        var heard = wanted.Where(t => t.Track is not null).ToList();
        var leftOut = wanted.Where(t => t.Track is null).Select(t => new JobFinding("left_out", t.Name, t.Detail ?? "")).ToList();
        if (line.Frames == 0 || heard.Count == 0)
            throw new JobProblemException(leftOut.Count == 0 ? "nothing of this session can be exported" : "nothing of this session can be exported: " + string.Join("; ", leftOut.Select(l => $"{l.Name}: {l.Detail}")));
        var rateHz = request.Codec == AudioCodec.Opus ? 48_000 : request.RateHz ?? line.RateHz;
        if (rateHz != line.RateHz)
        {
            line = hub.Tracks.Find(session, cancel, rateHz);
            heard = [.. line.Tracks.Where(t => heard.Exists(h => h.Name == t.Name))];
        }

        var stretch = line.ToStretch() with { Tracks = [.. heard.Select(t => t.Track!)] };
        var from = Math.Clamp(FrameAt(request.FromUs ?? line.FromUs), 0, line.Frames - 1);
        var frames = Math.Clamp(request.ToUs is { } to ? FrameAt(to) : line.Frames, from + 1, line.Frames) - from;
        var safe = RecorderId.IsValid(id) ? id : "session";
        var parts = Parts(request, stretch, from, frames, 24, safe, [.. heard.Select(t => new ExportTrack
        {
            Id = t.Name, Name = t.Name, Channels = t.Track!.Channels, Source = t.Source == TrackSource.File ? "file" : "archive", CoveredUs = t.CoveredUs,
            UncertaintyUs = t.Module.UncertaintyUs,
            Gaps = [.. Gaps(t.Module)],
        })]);
        return new ExportPlan
        {
            FromUs = line.FromUs + (long)Math.Round(from * 1e6 / rateHz), ToUs = line.FromUs + (long)Math.Round((from + frames) * 1e6 / rateHz), RateHz = rateHz,
            Format = request.Codec.ToString().ToLowerInvariant(), Layout = request.Wanted, Parts = parts, LeftOut = leftOut,
            SessionJson = Encoding.UTF8.GetBytes(session.ToJson() + "\n"), Name = safe,
        };

        long FrameAt(long us) => (long)(((Int128)(us - line.FromUs) * rateHz + 500_000) / 1_000_000);
    }

    private static IEnumerable<ExportGap> Gaps(SessionModule module)
    {
        if (module is not { FirstFrameUtc: { } first, SampleRateHz: { } rate } || rate <= 0) yield break;
        foreach (var gap in module.Gaps)
        {
            var from = first.AddSeconds((double)gap.FirstFrame / rate);
            yield return new ExportGap(WallTime.ToText(from), WallTime.ToText(from.AddSeconds((double)gap.Frames / rate)), gap.Cause, (long)(gap.Frames * 1e6 / rate));
        }
    }

    /// <summary>A file a track, or one for all.</summary>
    private static List<ExportPart> Parts(ExportRequest request, Stretch stretch, long from, long frames, int bits, string period, IReadOnlyList<ExportTrack> tracks)
    {
        var (codec, suffix) = (request.Codec, "." + AudioShape.Suffix(request.Codec));
        ExportPart Part(string name, IReadOnlyList<StretchTrack> of, IReadOnlyList<ExportTrack> told)
        {
            var channels = of.Sum(t => t.Channels);
            var channelsMax = codec switch { AudioCodec.Opus => 2, AudioCodec.Flac => ChunkEncoders.ChannelsMax, _ => WavChannelsMax };
            if (channels > channelsMax)
                throw new JobProblemException($"{channels} channels do not fit into one {codec.ToString().ToUpperInvariant()} file, which holds {channelsMax}: take {(codec == AudioCodec.Opus ? "flac or wav" : codec == AudioCodec.Flac ? "wav, or a file for each recorder" : "a file for each recorder")}");
            var shape = new AudioShape(codec, stretch.RateHz, channels, bits, frames);
            return new ExportPart(
                name + suffix, shape.ContentType, frames, stretch.RateHz, channels, Estimate(shape),
                (output, progress, cancel) => stretch.WriteAsync(output, of, codec, bits, from, frames, progress, cancel), told);
        }

        if (request.Wanted != ExportLayout.Multichannel) return [.. stretch.Tracks.Select((t, i) => Part(t.Name, [t], [tracks[i]]))];
        var first = 1;
        var placed = new List<ExportTrack>();
        foreach (var track in tracks)
        {
            placed.Add(track with { FirstChannel = first });
            first += track.Channels;
        }

        return [Part(period, stretch.Tracks, placed)];
    }

    private ExportPart Separate(string id, string name, AudioCodec codec, long fromUs, long toUs, ExportTrack told, CancellationToken cancel)
    {
        try
        {
            var export = RangeExport.Prepare(hub.Index, hub.Store.Folder, new RangeRequest(id, fromUs, toUs, codec, GapFill.Silence), _log, cancel);
            var shape = new AudioShape(codec, export.RateHz, export.Channels, export.Bits, export.Frames);
            return new ExportPart(
                name + "." + AudioShape.Suffix(codec), shape.ContentType, export.Frames, export.RateHz, export.Channels, Estimate(shape),
                (output, progress, stop) => export.WriteAsync(output, progress, stop), [told with { Channels = export.Channels }]);
        }
        catch (ArgumentException e)
        {
            throw new JobProblemException($"{name}: {e.Message}", e);
        }
    }

    private ExportTrack Describe(string id, string name, IReadOnlyList<RangeChunk> chunks, long fromUs, long toUs, CancellationToken cancel)
    {
        var told = hub.Index.Read(c => TimelineQuery.Read(c, fromUs, toUs, [id], TimelineDetail.Spans, 200, cancel)).Recorders;
        return new ExportTrack
        {
            Id = id, Name = name, Channels = chunks.Max(c => c.Channels), Source = "archive",
            CoveredUs = told.Sum(r => r.Spans.Sum(s => s.ToUs - s.FromUs) + r.Buckets.Sum(b => b.CoveredUs)),
            UncertaintyUs = hub.Index.Read(c => c.ExecuteScalar<double?>(
                "SELECT MAX(uncertainty_us) FROM chunks WHERE recorder_id = @id AND start_us < @toUs AND end_us > @fromUs", new { id, fromUs, toUs })),
            Gaps = [.. told.SelectMany(r => r.Gaps).Select(g => new ExportGap(WallTime.ToText(g.FromUs), WallTime.ToText(g.ToUs), g.Cause, g.DurationUs))],
        };
    }

    /// <summary>WAV to the byte; FLAC of rooms and speech has about two thirds of it, Opus what it is encoded with.</summary>
    private static long Estimate(AudioShape s) => s.Codec switch
    {
        AudioCodec.Opus => (long)(s.Frames / 48_000.0 * s.Channels * AudioStream.OpusBitratePerChannelBps / 8 * 1.05) + 4096,
        AudioCodec.Flac => (long)(s.Frames * (s.Channels * s.Bits / 8.0) * 0.67) + 4096,
        _ => s.Frames * s.Channels * s.Bits / 8 + 128,
    };

    /// <summary>What a person calls them, where that is safe and tells them apart.</summary>
    private static Dictionary<string, string> Names(IEnumerable<(string Id, string Name)> all)
    {
        var list = all.ToList();
        return list.ToDictionary(s => s.Id, s =>
            RecorderId.IsValid(s.Name) && list.Count(o => o.Name.Equals(s.Name, StringComparison.OrdinalIgnoreCase) || o.Id.Equals(s.Name, StringComparison.OrdinalIgnoreCase)) == 1 ? s.Name : s.Id);
    }
}
