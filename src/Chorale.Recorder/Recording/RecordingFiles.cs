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

    /// <summary>Completes recordings that a crash interrupted: repairs the file, gives it its name and its sidecar.</summary>
    /// <returns>The recordings completed; files that hold no audio are left as they are.</returns>
    public static IReadOnlyList<RecordingResult> Recover(string folder, string? device)
    {
        var results = new List<RecordingResult>();
        if (!Directory.Exists(folder)) return results;
        foreach (var part in Directory.EnumerateFiles(folder, "recording_*" + PartSuffix).Order(StringComparer.Ordinal).ToList())
        {
            var found = ChunkFiles.Repair(part);
            if (found.Condition is ChunkCondition.Empty or ChunkCondition.NotAudio) continue;
            if (!ChunkTags.TryParse(found.Tags.Select(t => KeyValuePair.Create(t.Name, t.Value)), out var tags)) continue;
            var path = part[..^PartSuffix.Length];
            var sidecar = new RecordingSidecar
            {
                Timestamp = WallTime.ToText(tags!.StartUs), DurationSeconds = found.Frames / (double)found.SampleRateHz, TotalFrames = found.Frames,
                Device = new SidecarDevice(device, "", found.Channels, found.SourceRateHz),
                Config = new SidecarConfig(found.SourceRateHz, found.Channels, "", folder, device),
                AudioFile = Path.GetFileName(path), RecordingId = tags.RecordingId ?? "", ModuleId = tags.Recorder,
                FirstFrameUtc = WallTime.ToText(tags.StartUs), UncertaintyUs = tags.UncertaintyUs, RatePpm = tags.RatePpm,
                Sha256 = Sha256(part), Recovered = true,
            };
            DurableFile.Rename(part, path);
            DurableFile.Write(Path.ChangeExtension(path, ".json"), sidecar.ToBytes());
            results.Add(new RecordingResult(path, sidecar));
        }

        return results;
    }
}
