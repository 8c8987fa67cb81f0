using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Serialization;
using Chorale.Archive.Align;
using Chorale.Archive.Peaks;
using Chorale.Archive.Range;
using Chorale.Audio.Files;
using Chorale.Hub.Access;
using Chorale.Hub.Fleet;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary>A session as one stretch: frame n of every track is the instant from_us + n / rate_hz.</summary>
/// <param name="Frames">0 while nothing can be heard.</param>
internal sealed record SessionTracksView(
    [property: JsonPropertyName("session_id")] string SessionId,
    [property: JsonPropertyName("from_us")] long FromUs,
    [property: JsonPropertyName("frames")] long Frames,
    [property: JsonPropertyName("rate_hz")] int RateHz,
    [property: JsonPropertyName("block_frames_max")] int BlockFramesMax,
    [property: JsonPropertyName("tracks")] IReadOnlyList<SessionTrackView> Tracks);

/// <param name="Source">file: the one that was recorded; archive: continuous chunks of the same recorder; none.</param>
/// <param name="Why">Where there is none: not_recorded, not_complete, no_first_frame, no_file, other_file, unreadable.</param>
/// <param name="Detail">The same in words.</param>
internal sealed record SessionTrackView(
    [property: JsonPropertyName("module")] string Module,
    [property: JsonPropertyName("source")] string Source,
    [property: JsonPropertyName("why")] string? Why,
    [property: JsonPropertyName("detail")] string? Detail,
    [property: JsonPropertyName("channels")] int Channels,
    [property: JsonPropertyName("covered_us")] long CoveredUs);

/// <param name="Points">Minimum and maximum of each point in turn, -127 to 127.</param>
internal sealed record TrackPeaksView([property: JsonPropertyName("points")] IReadOnlyList<int> Points);

/// <summary>The tracks of a session, to be played together: blocks of exact frames that join without a seam.</summary>
internal static class SessionTracksApi
{
    /// <summary>Half a minute at 48 kHz.</summary>
    private const int BlockFramesMax = 1_440_000;

    /// <summary>Blocks made at once; more wait.</summary>
    private const int AtOnceMax = 8;

    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        var free = new SemaphoreSlim(AtOnceMax);
        var peaks = new ConcurrentDictionary<string, Task<IReadOnlyList<int>>>();
        var sessions = routes.MapGroup("/api/v2/sessions/{id}/tracks").WithTags("fleet").IsDear();
        sessions.MapGet("", (string id, CancellationToken cancel) => Tracks(hub, id, cancel)).WithSummary("The tracks of a session: where the audio of each module can be had");
        sessions.MapGet("/{module}", (string id, string module, long? from_frame, int? frames, string? format, string? mono, HttpContext http, CancellationToken cancel) =>
                BlockAsync(hub, free, new Asked(id, module, from_frame ?? 0, frames, format, mono is not null), http, cancel))
            .WithSummary("A block of a track, aligned and freed of drift, exact to the frame; blocks join without a seam")
            .WithDescription("format: flac (default) or wav. mono: the mean of all channels.");
        sessions.MapGet("/{module}/peaks", (string id, string module, int? points, CancellationToken cancel) => PeaksAsync(hub, free, peaks, id, module, points, cancel))
            .WithSummary("Outline of a whole track, on the line of the session");
    }

    private sealed record Asked(string Session, string Module, long FromFrame, int? Frames, string? Format, bool IsMono);

    private static Results<Ok<SessionTracksView>, ProblemHttpResult> Tracks(HubParts hub, string id, CancellationToken cancel)
    {
        if (hub.Fleet.FindSession(id) is not { } session) return V2Query.NotFound($"There is no session '{id}'");
        var line = hub.Tracks.Find(session, cancel);
        return TypedResults.Ok(new SessionTracksView(
            id, line.FromUs, line.Frames, line.RateHz, BlockFramesMax,
            [.. line.Tracks.Select(t => new SessionTrackView(t.Name, t.Source.ToString().ToLowerInvariant(), t.Why, t.Detail, t.Track?.Channels ?? 0, t.CoveredUs))]));
    }

    private static async Task<Results<EmptyHttpResult, ProblemHttpResult>> BlockAsync(HubParts hub, SemaphoreSlim free, Asked asked, HttpContext http, CancellationToken cancel)
    {
        if (V2Query.Choice("format", asked.Format, AudioCodec.Flac, out var codec) is { } badFormat) return badFormat;
        if (codec == AudioCodec.Opus) return V2Query.Bad("format", asked.Format, "flac and wav are exact to the frame");
        if (hub.Fleet.FindSession(asked.Session) is not { } session) return V2Query.NotFound($"There is no session '{asked.Session}'");
        using var whole = new MemoryStream();
        await free.WaitAsync(cancel);
        try
        {
            var line = hub.Tracks.Find(session, cancel);
            if (line.Tracks.FirstOrDefault(t => t.Name == asked.Module) is not { } found) return V2Query.NotFound($"Module '{asked.Module}' has no part in this session");
            if (found.Track is not { } track || line.Frames == 0) return V2Query.NotFound($"There is no audio of '{asked.Module}': {found.Detail}");
            if (asked.FromFrame < 0 || asked.FromFrame >= line.Frames) return V2Query.Bad("from_frame", Text(asked.FromFrame), $"0 to {line.Frames - 1} is allowed");
            if (asked.Frames is < 1 or > BlockFramesMax) return V2Query.Bad("frames", Text(asked.Frames), $"1 to {BlockFramesMax} is allowed");
            var frames = Math.Min(asked.Frames ?? BlockFramesMax, line.Frames - asked.FromFrame);
            if (asked.IsMono && track.Channels > 1) track = MonoSource.Of(track);
            http.Response.ContentType = new AudioShape(codec, line.RateHz, track.Channels, 24, frames).ContentType;
            http.Response.Headers.CacheControl = "no-store"; // a chunk that arrives later belongs into it
            await line.ToStretch().WriteAsync(whole, [track], codec, 24, asked.FromFrame, frames, null, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return TypedResults.Empty; // who asked has gone
        }
        catch (AudioFileException e)
        {
            return TypedResults.Problem(e.Message, statusCode: 422, title: "This track cannot be read");
        }
        finally
        {
            free.Release();
        }

        // Who reads slowly holds up nobody.
        http.Response.ContentLength = whole.Length;
        await http.Response.Body.WriteAsync(whole.GetBuffer().AsMemory(0, (int)whole.Length), cancel);
        return TypedResults.Empty;
    }

    private static async Task<Results<Ok<TrackPeaksView>, ProblemHttpResult>> PeaksAsync(
        HubParts hub, SemaphoreSlim free, ConcurrentDictionary<string, Task<IReadOnlyList<int>>> known, string id, string module, int? points, CancellationToken cancel)
    {
        if (points is < 10 or > 4_000) return V2Query.Bad("points", Text(points), "10 to 4000 is allowed");
        if (hub.Fleet.FindSession(id) is not { } session) return V2Query.NotFound($"There is no session '{id}'");
        var line = hub.Tracks.Find(session, cancel);
        if (line.Tracks.FirstOrDefault(t => t.Name == module) is not { Track: { } track } found || line.Frames == 0) return V2Query.NotFound($"There is no audio of '{module}'");
        var key = $"{id} {module} {found.Source} {found.CoveredUs} {line.Frames} {points}";
        if (known.Count > 200) known.Clear(); // of sessions that nobody looks at any more
        await free.WaitAsync(cancel);
        try
        {
            if (!known.TryGetValue(key, out var outline))
            {
                outline = Task.FromResult<IReadOnlyList<int>>(StretchPeaks.Read(track, line.Frames, points ?? 1000, cancel));
                known[key] = outline;
            }

            return TypedResults.Ok(new TrackPeaksView(await outline));
        }
        catch (AudioFileException e)
        {
            return TypedResults.Problem(e.Message, statusCode: 422, title: "This track cannot be read");
        }
        finally
        {
            free.Release();
        }
    }

    private static string? Text(long? value) => value?.ToString(CultureInfo.InvariantCulture);
}
