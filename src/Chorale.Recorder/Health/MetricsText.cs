using System.Globalization;
using System.Text;

namespace Chorale.Recorder.Health;

/// <summary>The health report as Prometheus text, exposition format 0.0.4.</summary>
internal static class MetricsText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Render(HealthReport report)
    {
        var text = new StringBuilder(4096);
        Gauge(text, "chorale_up", "1 while the recorder runs.", 1);
        Gauge(text, "chorale_status", "0 ok, 1 degraded, 2 error.", report.Status switch { "ok" => 0, "degraded" => 1, _ => 2 });
        Gauge(text, "chorale_recording", "1 while frames are kept.", report.Recording ? 1 : 0);
        Gauge(text, "chorale_in_schedule", "1 while the schedule wants recording.", report.InSchedule ? 1 : 0);
        Gauge(text, "chorale_durable_lag_seconds", "Newest captured frame minus newest frame on the disk.", report.DurableLagMs / 1000);
        Counter(text, "chorale_capture_frames_total", "Frames captured.", report.CapturedFrames);
        Counter(text, "chorale_capture_xruns_total", "Overruns of the device.", report.Xruns);
        Counter(text, "chorale_capture_clipped_samples_total", "Samples at full scale.", report.ClippedSamples);
        Head(text, "chorale_gap_frames_total", "Frames lost, by cause.", "counter");
        foreach (var (cause, frames) in report.GapFrames) Line(text, "chorale_gap_frames_total", $"{{cause=\"{cause}\"}}", frames);
        Channels(text, "chorale_level_peak_dbfs", "Peak of the last second.", report.PeakDbfs);
        Channels(text, "chorale_level_rms_dbfs", "RMS of the last second.", report.RmsDbfs);
        Gauge(text, "chorale_clock_rate_ppm", "Device clock against nominal.", report.RatePpm);
        Gauge(text, "chorale_clock_uncertainty_seconds", "Half-width of what is known of a frame's UTC.", report.UncertaintyUs / 1e6);
        Gauge(text, "chorale_spool_ready_chunks", "Chunks waiting for upload.", report.QueueSize);
        Gauge(text, "chorale_spool_files", "Files in the spool.", report.SpoolFiles);
        Gauge(text, "chorale_spool_bytes", "Bytes in the spool.", report.SpoolBytes);
        Gauge(text, "chorale_spool_quarantined_chunks", "Chunks set aside.", report.Quarantined);
        Counter(text, "chorale_spool_lost_chunks_total", "Chunks deleted unsent.", report.LostChunks);
        Counter(text, "chorale_spool_written_bytes_total", "Bytes written to storage.", report.WrittenBytes);
        Gauge(text, "chorale_storage_free_bytes", "Free space at the spool.", report.FreeBytes);
        Counter(text, "chorale_upload_chunks_total", "Chunks the server took.", report.UploadedTotal);
        Counter(text, "chorale_upload_errors_total", "Failed attempts.", report.UploadErrorsTotal);
        Gauge(text, "chorale_upload_last_timestamp_seconds", "Time of the last success.", report.LastUploadTs);
        if (report.Module is { } module)
        {
            Gauge(text, "chorale_module_connected", "1 while the broker is reached.", module.Connected ? 1 : 0);
            Counter(text, "chorale_module_commands_total", "Payloads on the command topic.", module.Commands);
            Counter(text, "chorale_module_bad_payloads_total", "Payloads that could not be read.", module.BadPayloads);
            Counter(text, "chorale_module_foreign_status_total", "Messages on our status topic that were not ours.", module.ForeignStatus);
            Counter(text, "chorale_mqtt_received_total", "Messages read from the broker.", module.Received);
            Counter(text, "chorale_mqtt_dropped_total", "Messages that came faster than they could be handled.", module.Dropped);
            Counter(text, "chorale_mqtt_reconnects_total", "Connections made after the first.", module.Reconnects);
        }

        Head(text, "chorale_alarm", "1 for each alarm that stands.", "gauge");
        foreach (var alarm in report.Alarms) Line(text, "chorale_alarm", $"{{id=\"{alarm.Id}\",level=\"{alarm.Level}\"}}", 1);
        return text.ToString();
    }

    private static void Channels(StringBuilder text, string name, string help, IReadOnlyList<double>? values)
    {
        if (values is null) return;
        Head(text, name, help, "gauge");
        for (var c = 0; c < values.Count; c++) Line(text, name, string.Create(CultureInfo.InvariantCulture, $"{{channel=\"{c}\"}}"), values[c]);
    }

    private static void Gauge(StringBuilder text, string name, string help, double? value) => One(text, name, help, "gauge", value);

    private static void Counter(StringBuilder text, string name, string help, double? value) => One(text, name, help, "counter", value);

    private static void One(StringBuilder text, string name, string help, string type, double? value)
    {
        if (value is null) return;
        Head(text, name, help, type);
        Line(text, name, "", value.Value);
    }

    private static void Head(StringBuilder text, string name, string help, string type) =>
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    private static void Line(StringBuilder text, string name, string labels, double value) =>
        text.Append(name).Append(labels).Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
}
