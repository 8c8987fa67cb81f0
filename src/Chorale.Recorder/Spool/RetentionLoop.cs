using Chorale.Recorder.Settings;

namespace Chorale.Recorder.Spool;

/// <summary>Makes room: a pass at the start, then four a minute, and at once again while there is more to do than one pass may.</summary>
internal sealed class RetentionLoop(SpoolStore spool, RetentionSettings settings, TimeProvider time)
{
    // 15 s at the highest bit rate (8 channels of 32 bit at 192 kHz: 6 MB/s) is 92 MB: well inside any sensible floor.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly RetentionLimits _limits = new(
        settings.MaxAge, settings.MaxBytes, settings.MinFree.Bytes, settings.MinFree.Percent, settings.WhenFull);

    /// <summary>What the last pass did and foresees; null before the first.</summary>
    public RetentionReport? Last { get; private set; }

    /// <summary>Told after every pass.</summary>
    public Action<RetentionReport>? Passed { get; set; }

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            RetentionReport? report = null;
            try
            {
                report = spool.Retain(_limits);
                Last = report;
                Passed?.Invoke(report);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or Microsoft.Data.Sqlite.SqliteException)
            {
                // The spool has told its fault already; the next pass may find the disk mended.
            }

            if (report is { IsComplete: false }) continue;
            await Task.Delay(Interval, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
