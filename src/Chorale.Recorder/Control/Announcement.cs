using System.Text.Json;
using Chorale.Protocol;
using Chorale.Protocol.Modules;
using Chorale.Recorder.Recording;

namespace Chorale.Recorder.Control;

/// <summary>The <c>recording_complete</c> of a finished recording, from its sidecar.</summary>
internal static class Announcement
{
    public static ModuleData Of(RecordingResult result, DateTimeOffset now)
    {
        var sidecar = result.Sidecar;
        return new ModuleData
        {
            Event = ModuleData.RecordingComplete, RecordingId = sidecar.RecordingId, FileName = sidecar.AudioFile, Timestamp = now, ModuleId = sidecar.ModuleId,
            Files = [sidecar.AudioFile, Path.GetFileName(SidecarPath(result.Path))], Folder = Path.GetDirectoryName(result.Path), Frames = sidecar.TotalFrames,
            SampleRateHz = sidecar.Config.SampleRateHz, Channels = sidecar.Config.Channels,
            FirstFrameUtc = WallTime.TryParse(sidecar.FirstFrameUtc, out var us) ? WallTime.FromMicroseconds(us) : null,
            UncertaintyUs = Rounded(sidecar.UncertaintyUs), RatePpm = Rounded(sidecar.RatePpm),
            Gaps = [.. sidecar.Gaps.Select(g => new ModuleGap(g.FirstFrame, g.Frames, g.Cause))],
            LevelsDbfs = sidecar.Levels?.RmsDbfs.Select(l => Math.Round(l, 2)).ToList(), Sha256 = sidecar.Sha256, Recovered = sidecar.Recovered ? true : null,
        };
    }

    /// <summary>Null when there is no finished recording at <paramref name="path"/>, or nothing that can be said of it.</summary>
    public static RecordingResult? Read(string path)
    {
        try
        {
            if (!File.Exists(path)) return null;
            return RecordingSidecar.Read(File.ReadAllBytes(SidecarPath(path))) is { } sidecar ? new RecordingResult(path, sidecar) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static string SidecarPath(string path) => Path.ChangeExtension(path, ".json");

    private static double? Rounded(double? value) => value is { } v ? Math.Round(v, 2) : null;
}
