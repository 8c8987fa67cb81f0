using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Chorale.Protocol;
using Chorale.Recorder.Recording;
using Chorale.Storage;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Control;

/// <summary>
/// What a module remembers over a restart, in <c>module/</c> of the spool, every file replaced as a whole:
/// <code>
/// session         decimal: number of this start
/// config.json     settings saved by a command: samplerate, channels, device, dtype, codec, recording_dir
/// schedule        set by a command: its windows, and in a second line its time zone
/// muted_until     RFC 3339
/// unannounced     paths of recordings, one a line, whose recording_complete no broker has taken yet
/// </code>
/// Nothing here may stop a start: what cannot be read is set aside, what cannot be written is said. Used by one thread at a time, but for <see cref="Expect"/>.
/// </summary>
internal sealed class ModuleFolder(string spoolFolder, TimeProvider time, ILogger log)
{
    /// <summary>A broker that never comes must not fill the disk with names.</summary>
    private const int UnannouncedMax = 1_000;

    private readonly string _folder = Path.Combine(spoolFolder, "module");
    private readonly Lock _gate = new();
    private List<string>? _unannounced;

    /// <summary>
    /// One more than at the last start. Where that is not known (first start, lost folder) it begins with the seconds since 1970, so that it
    /// rises whatever happens to the disk.
    /// </summary>
    public long NextSession()
    {
        var last = long.TryParse(ReadText("session"), NumberStyles.None, CultureInfo.InvariantCulture, out var read) ? read : time.GetUtcNow().ToUnixTimeSeconds();
        Write("session", (last + 1).ToString(CultureInfo.InvariantCulture));
        return last + 1;
    }

    /// <summary>Settings that a command saved; null when there are none. A file that is none is set aside.</summary>
    public JsonElement? LoadConfig()
    {
        if (ReadText("config.json") is not { } text) return null;
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = Limits.ControlDepthMax });
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document.RootElement.Clone();
            SetConfigAside("it is no JSON object");
        }
        catch (JsonException e)
        {
            SetConfigAside(e.Message);
        }

        return null;
    }

    /// <returns>Why it is not saved; null when it is.</returns>
    public string? SaveConfig(AudioSetup setup)
    {
        var config = setup.ToConfig();
        var saved = new SavedConfig(config.SampleRateHz!.Value, config.Channels!.Value, config.Device, config.DType!, config.Codec!, config.RecordingFolder!);
        return Write("config.json", JsonSerializer.Serialize(saved, SavedJson.Default.SavedConfig));
    }

    /// <summary>The saved settings cannot be used: they are kept beside, for a person.</summary>
    public void SetConfigAside(string why) => SetAside("config.json", why);

    /// <summary>One of our files cannot be used.</summary>
    public void SetAside(string name, string why)
    {
        var path = Path.Combine(_folder, name);
        var aside = $"{path}.bad-{time.GetUtcNow().ToUnixTimeSeconds()}";
        Log.SavedConfigBad(log, path, why, aside);
        try
        {
            if (File.Exists(path)) DurableFile.Rename(path, aside);
        }
        catch (Exception e) when (SpoolFailure.IsStorage(e))
        {
            Log.MemoryFailed(log, path, e.Message);
        }
    }

    /// <summary>Windows and time zone that a command saved; null when there are none.</summary>
    public (string Windows, string Zone)? LoadSchedule() =>
        ReadText("schedule") is { Length: > 0 } text ? text.Split('\n') is [var windows, var zone, ..] ? (windows, zone) : (text, "") : null;

    /// <param name="schedule">Null: as in the settings again.</param>
    /// <returns>Why it is not saved; null when it is.</returns>
    public string? SaveSchedule(RecordingSchedule? schedule) =>
        Write("schedule", schedule is null ? "" : $"{CommandedSchedule.TextOf(schedule)}\n{schedule.Zone.Id}\n");

    public DateTimeOffset? LoadMute() => WallTime.TryParse(ReadText("muted_until")?.Trim(), out var us) ? WallTime.FromMicroseconds(us) : null;

    /// <param name="until">Null: not muted.</param>
    public void SaveMute(DateTimeOffset? until) => Write("muted_until", until is { } at ? WallTime.ToText(at) : "");

    /// <summary>Recordings whose end still has to be told.</summary>
    public IReadOnlyList<string> Unannounced()
    {
        lock (_gate) return [.. Names()];
    }

    /// <summary>A recording is about to be made there: whatever happens from here on, its end is told. Any thread.</summary>
    public void Expect(string path)
    {
        lock (_gate)
        {
            var names = Names();
            if (names.Contains(path)) return;
            if (names.Count >= UnannouncedMax) names.RemoveAt(0);
            names.Add(path);
            Write("unannounced", string.Join('\n', names));
        }
    }

    /// <summary>It has been told, or there is nothing to tell.</summary>
    public void Forget(string path)
    {
        lock (_gate)
        {
            if (Names().Remove(path)) Write("unannounced", string.Join('\n', Names()));
        }
    }

    private List<string> Names() => _unannounced ??= [.. (ReadText("unannounced") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    private string? ReadText(string name)
    {
        var path = Path.Combine(_folder, name);
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (SpoolFailure.IsStorage(e))
        {
            Log.MemoryFailed(log, path, e.Message);
            return null;
        }
    }

    private string? Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        try
        {
            Directory.CreateDirectory(_folder);
            DurableFile.Write(path, Encoding.UTF8.GetBytes(text));
            return null;
        }
        catch (Exception e) when (SpoolFailure.IsStorage(e))
        {
            Log.MemoryFailed(log, path, e.Message);
            return e.Message;
        }
    }
}

internal sealed record SavedConfig(
    [property: JsonPropertyName("samplerate")] int SampleRateHz,
    [property: JsonPropertyName("channels")] int Channels,
    [property: JsonPropertyName("device")] string? Device,
    [property: JsonPropertyName("dtype")] string DType,
    [property: JsonPropertyName("codec")] string Codec,
    [property: JsonPropertyName("recording_dir")] string RecordingFolder);

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(SavedConfig))]
internal sealed partial class SavedJson : JsonSerializerContext;
