using System.Security.Cryptography;
using Chorale.Audio.Files;
using Chorale.Audio.Pcm;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Storage;

namespace Chorale.Recorder.Recording;

/// <summary>Names of requested recordings, and what a crash left of them.</summary>
internal static class RecordingFiles
{
    public const string PartSuffix = ".part";

    /// <summary><c>recording_{recording_id}_{module_id}.wav</c>; a name that is taken gets <c>_1</c>, <c>_2</c>: nothing is ever overwritten.</summary>
    public static string FreeName(string folder, string recordingId, string moduleId, AudioCodec codec)
    {
        var stem = $"recording_{recordingId}_{moduleId}";
        for (var n = 0; ; n++)
        {
            var name = stem + (n == 0 ? "" : $"_{n}") + Suffix(codec);
            var path = Path.Combine(folder, name);
            if (!File.Exists(path) && !File.Exists(path + PartSuffix)) return name;
        }
    }

    public static string Suffix(AudioCodec codec) => codec switch { AudioCodec.Opus => ".ogg", AudioCodec.Flac => ".flac", _ => ".wav" };

    /// <summary>The sample format in the words of existing modules.</summary>
    public static string DType(SampleFormat format) => format switch
    {
        SampleFormat.S16 => "int16",
        SampleFormat.F32 => "float32",
        _ => "int32",
    };

    public static string Sha256(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>
    /// Completes recordings of this module that a crash interrupted: repairs the file, gives it its name and its sidecar. Another module may be
    /// writing into the same folder at this moment: its files are left alone.
    /// </summary>
    /// <param name="failed">Told of a file that the disk would not let us complete.</param>
    /// <returns>The recordings completed; files that hold no audio are left as they are.</returns>
    public static IReadOnlyList<RecordingResult> Recover(string folder, string moduleId, string? device, Action<string, string> failed)
    {
        var results = new List<RecordingResult>();
        if (!Directory.Exists(folder)) return results;
        foreach (var part in Directory.EnumerateFiles(folder, $"recording_*_{moduleId}*{PartSuffix}", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList())
        {
            try
            {
                if (TagsOf(ChunkFiles.Inspect(part))?.Recorder == moduleId && Recover(part, device) is { } result) results.Add(result);
            }
            catch (Exception e) when (SpoolFailure.IsStorage(e))
            {
                failed(part, e.Message);
            }
        }

        return results;
    }

    private static ChunkTags? TagsOf(ChunkInspection found) =>
        ChunkTags.TryParse(found.Tags.Select(t => KeyValuePair.Create(t.Name, t.Value)), out var tags) ? tags : null;

    private static RecordingResult? Recover(string part, string? device)
    {
        var found = ChunkFiles.Repair(part);
        if (found.Condition is ChunkCondition.Empty or ChunkCondition.NotAudio) return null;
        if (TagsOf(found) is not { } tags) return null;
        var path = part[..^PartSuffix.Length];
        // Opus decodes to 48 kHz whatever was captured; frames are always told at the captured rate.
        var frames = found.SampleRateHz == found.SourceRateHz ? found.Frames : (long)Math.Round(found.Frames * (double)found.SourceRateHz / found.SampleRateHz);
        var sidecar = new RecordingSidecar
        {
            Timestamp = WallTime.ToText(tags.StartUs), DurationSeconds = found.Frames / (double)found.SampleRateHz, TotalFrames = frames,
            Device = new SidecarDevice(device, "", found.Channels, found.SourceRateHz),
            Config = new SidecarConfig(found.SourceRateHz, found.Channels, "", Path.GetDirectoryName(path)!, device),
            AudioFile = Path.GetFileName(path), RecordingId = tags.RecordingId ?? "", ModuleId = tags.Recorder,
            FirstFrameUtc = WallTime.ToText(tags.StartUs), UncertaintyUs = tags.UncertaintyUs, RatePpm = tags.RatePpm,
            Sha256 = Sha256(part), Recovered = true,
        };
        DurableFile.Write(Path.ChangeExtension(path, ".json"), sidecar.ToBytes());
        DurableFile.Rename(part, path);
        return new RecordingResult(path, sidecar);
    }
}
