using System.Text.Json;
using System.Text.Json.Serialization;
using Chorale.Archive.Retention;
using Chorale.Storage;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub.Settings;

/// <summary>
/// How long audio is kept: what a technician has set on the page, else what <c>hub.yaml</c> says. Set, it lies in a file of the data folder and outlives
/// a restart. If that file cannot be read nothing is deleted for its age or size: of two rules the longer is the one that can be mended.
/// </summary>
/// <remarks>Any thread.</remarks>
internal sealed class KeepRule
{
    public const string FileName = "retention.json";

    private readonly string _path;
    private readonly HubSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private volatile KeepState _state;

    private KeepRule(string path, HubSettings settings, KeepState state, TimeProvider time, ILogger log) => (_path, _settings, _state, _time, _log) = (path, settings, state, time, log);

    /// <summary>As it stands; another object as soon as it is another rule.</summary>
    public KeepState State => _state;

    /// <summary>What retention obeys now.</summary>
    public RetentionLimits Limits => new(_state.KeepFor, _state.KeepBytes, _settings.FreeBytesFloor);

    public static KeepRule Open(HubSettings settings, TimeProvider time, ILoggerFactory logs)
    {
        var (path, log) = (Path.Combine(settings.DataFolder, FileName), logs.CreateLogger("Chorale.Hub"));
        KeepState state;
        try
        {
            state = !File.Exists(path) ? KeepState.OfFile(settings) : JsonSerializer.Deserialize<KeptRule>(File.ReadAllBytes(path)) is { IsSound: true } kept
                ? new KeepState(kept.Days is { } days ? TimeSpan.FromDays(days) : null, kept.Bytes, kept.By, kept.AtUs, null)
                : throw new JsonException("a number above 0 is needed");
            if (state.SetBy is { } by) Log.KeepRuleSet(log, by, state.Words, KeepState.OfFile(settings).Words);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            state = new KeepState(null, null, null, null, $"{path} cannot be read: {e.Message}");
            Log.KeepRuleUnreadable(log, path, e);
        }

        return new KeepRule(path, settings, state, time, log);
    }

    /// <summary>Durable when it returns; retention obeys it from its next pass on.</summary>
    /// <param name="seen">The state that this was decided on.</param>
    /// <returns>False: somebody was faster, and nothing was changed.</returns>
    /// <exception cref="IOException">The disk refuses; the rule before it holds on.</exception>
    public bool TrySet(KeepState seen, TimeSpan? keepFor, long? keepBytes, string by)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(seen, _state)) return false;
            var atUs = Protocol.WallTime.ToMicroseconds(_time.GetUtcNow());
            DurableFile.Write(_path, JsonSerializer.SerializeToUtf8Bytes(new KeptRule(keepFor?.TotalDays, keepBytes, by, atUs)));
            _state = new KeepState(keepFor, keepBytes, by, atUs, null);
            Log.KeepRuleSet(_log, by, _state.Words, KeepState.OfFile(_settings).Words);
            return true;
        }
    }

    /// <summary>Back to what <c>hub.yaml</c> says.</summary>
    /// <inheritdoc cref="TrySet"/>
    public bool TryClear(KeepState seen)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(seen, _state)) return false;
            File.Delete(_path);
            DurableFile.SyncFolder(Path.GetDirectoryName(_path)!);
            _state = KeepState.OfFile(_settings);
            return true;
        }
    }

    private sealed record KeptRule(
        [property: JsonPropertyName("keep_days")] double? Days, [property: JsonPropertyName("keep_bytes")] long? Bytes,
        [property: JsonPropertyName("by")] string By, [property: JsonPropertyName("at_us")] long AtUs)
    {
        [JsonIgnore]
        public bool IsSound => Days is null or (> 0 and < 100_000) && Bytes is null or > 0 && By is not null;
    }
}

/// <summary>A rule of keeping.</summary>
/// <param name="KeepFor">Null: without bound.</param>
/// <param name="KeepBytes">Null: without bound.</param>
/// <param name="SetBy">Who set it on the page; null: <c>hub.yaml</c> says so.</param>
/// <param name="Problem">Why what was set is not known.</param>
internal sealed record KeepState(TimeSpan? KeepFor, long? KeepBytes, string? SetBy, long? SetUs, string? Problem)
{
    public string Words => string.Join(
        ", ", KeepFor is { } age ? FormattableString.Invariant($"{age.TotalDays:0.###} days") : "for ever", KeepBytes is { } bytes ? FormattableString.Invariant($"at most {bytes} bytes") : "of any size");

    public static KeepState OfFile(HubSettings settings) => new(settings.KeepFor, settings.KeepBytes, null, null, null);
}
