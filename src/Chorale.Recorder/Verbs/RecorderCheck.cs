using System.Runtime.CompilerServices;
using Chorale.Recorder.Settings;

namespace Chorale.Recorder.Verbs;

/// <summary>Looks at everything a recorder will need, in the order in which it needs it, and stores nothing anywhere.</summary>
public sealed class RecorderCheck(CheckParts parts, TimeProvider time)
{
    /// <param name="settings">Null when they have problems: only what does not depend on them is looked at.</param>
    /// <param name="searchPath">The variable PATH.</param>
    /// <param name="record">How long to record; null = not at all.</param>
    public async IAsyncEnumerable<CheckStep> RunAsync(
        RecorderSettings? settings, string searchPath, TimeSpan? record, [EnumeratorCancellation] CancellationToken stopping)
    {
        foreach (var step in LibraryCheck.Run(settings, searchPath)) yield return step;
        if (settings is null) yield break;
        yield return HostCheck.Schedule(settings, time.GetUtcNow());
        foreach (var step in HostCheck.Spool(settings)) yield return step;
        yield return HostCheck.HealthPort(settings);
        foreach (var step in parts.Devices?.Invoke(settings) ?? DeviceCheck.Run(settings, time)) yield return step;
        await foreach (var step in new ServerCheck(settings.Upload, time).RunAsync(stopping)) yield return step;
        yield return await BrokerCheck.RunAsync(settings.Mqtt, time, stopping);

        if (record is not { } length) yield break;
        if (parts.Record is null) yield return new CheckStep("recording", "record", CheckResult.Failed, "not part of this program");
        else await foreach (var step in parts.Record(settings, length, stopping)) yield return step;
    }
}
