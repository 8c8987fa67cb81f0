using Chorale.Protocol.Chunks;

namespace Chorale.Recorder.Recording;

/// <summary>The name somebody gave to a recording; it becomes part of a file name, so it is checked like every name from outside.</summary>
internal static class RecordingId
{
    /// <summary>Local time as existing modules write it: <c>20260105_100000</c>.</summary>
    public static string Default(TimeProvider time) => time.GetLocalNow().ToString("yyyyMMdd_HHmmss", System.Globalization.CultureInfo.InvariantCulture);

    /// <returns>Null when it may be used, else what is wrong with it, naming the value and what is allowed.</returns>
    public static string? Problem(string id) =>
        RecorderId.IsValid(id) ? null : $"recording_id \"{(id.Length > 80 ? id[..80] + "…" : id)}\": 1 to 64 characters of A-Z a-z 0-9 _ - are allowed";
}
