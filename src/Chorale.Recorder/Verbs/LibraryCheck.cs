using System.Runtime.InteropServices;
using Chorale.Audio.Files;
using Chorale.Recorder.Settings;

namespace Chorale.Recorder.Verbs;

/// <summary>Which libraries load, and which Debian package brings one that does not.</summary>
internal static class LibraryCheck
{
    private const string Area = "libraries";

    /// <param name="SoNames">Names of releases, parted by <c>|</c>: one is enough.</param>
    private sealed record Library(string SoNames, string Package, string Purpose, Func<RecorderSettings, bool> IsNeeded);

    private static readonly Library[] Libraries =
    [
        new("libasound.so.2", "libasound2 (libasound2t64 on newer releases)", "sound cards", s => !IsChildOrFile(s) && !s.Capture.Device.StartsWith("portaudio:", StringComparison.Ordinal)),
        new("libpulse.so.0", "libpulse0", "sound servers", s => s.Capture.Device.StartsWith("pulse", StringComparison.Ordinal)),
        new("libportaudio.so.2", "libportaudio2", "devices named portaudio:", s => s.Capture.Device.StartsWith("portaudio:", StringComparison.Ordinal)),
        new("libopusenc.so.0", "libopusenc0", "writing Opus", s => s.Recording.Codec == AudioCodec.Opus),
        new("libFLAC.so.14|libFLAC.so.12|libFLAC.so.8", "libflac12 (libflac14 on Debian 13)", "writing FLAC", s => s.Recording.Codec == AudioCodec.Flac),
        new("libsndfile.so.1", "libsndfile1", "WAV, and reading files back", s => s.Recording.Codec == AudioCodec.Wav),
        new("libopusfile.so.0", "libopusfile0", "reading Opus back", _ => false),
        new("libmosquitto.so.1", "libmosquitto1", "MQTT: commands and status", _ => true),
        new("libsqlite3.so.0", "libsqlite3-0", "the index of the spool", _ => true),
    ];

    /// <param name="settings">Null: unknown, so everything might be needed.</param>
    /// <param name="searchPath">The variable PATH.</param>
    public static IEnumerable<CheckStep> Run(RecorderSettings? settings, string searchPath)
    {
        foreach (var library in Libraries) yield return Check(library, settings is null || library.IsNeeded(settings));
        var needsFfmpeg = settings is not null && settings.Capture.Device.Contains("://", StringComparison.Ordinal);
        var ffmpeg = searchPath.Split(':').Where(f => f.Length > 0).Select(f => Path.Combine(f, "ffmpeg")).FirstOrDefault(File.Exists);
        yield return ffmpeg is not null ? new CheckStep(Area, "ffmpeg", CheckResult.Ok, $"{ffmpeg}: sources with an address")
            : Missing("ffmpeg", "ffmpeg", "sources with an address", needsFfmpeg);
    }

    private static CheckStep Check(Library library, bool isNeeded)
    {
        foreach (var name in library.SoNames.Split('|'))
        {
            if (!NativeLibrary.TryLoad(name, out var handle)) continue;
            NativeLibrary.Free(handle);
            return new CheckStep(Area, name, CheckResult.Ok, library.Purpose);
        }

        return Missing(library.SoNames.Replace("|", " or ", StringComparison.Ordinal), library.Package, library.Purpose, isNeeded);
    }

    private static CheckStep Missing(string name, string package, string purpose, bool isNeeded) => new(Area, name,
        isNeeded ? CheckResult.Failed : CheckResult.Skipped, $"not installed: {purpose}" + (isNeeded ? "" : ", not needed by these settings"),
        isNeeded ? $"apt-get install {package}" : null);

    private static bool IsChildOrFile(RecorderSettings s) =>
        s.Capture.Device.Contains("://", StringComparison.Ordinal) || s.Capture.Device.StartsWith("file:", StringComparison.Ordinal) || s.Capture.Device.StartsWith("tone:", StringComparison.Ordinal);
}
