using Chorale.Recorder.Settings;
using Chorale.Recorder.Spool;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Upload;

/// <summary>Makes the sink that the settings ask for.</summary>
internal static class Sinks
{
    /// <returns>Null for the sink <c>none</c>.</returns>
    public static IChunkSink? Open(UploadSettings settings, SpoolStore spool, TimeProvider time, ILogger log, Func<string?> recorderState, Action<string>? liveOffered = null)
    {
        if (settings.Sink == UploadSink.None) return null;
        var server = new ServerOptions(settings.Url!.ToString(), settings.CaFile) { ProgressTimeout = settings.Timeout };
        return settings.Sink switch
        {
            UploadSink.Ingest => new IngestSink(
                new IngestOptions(server, settings.Ids!.PointId.ToString(), settings.Ids.RegisterId.ToString(), settings.Ids.DeviceId.ToString(), settings.Token!),
                time, log, recorderState) { LiveOffered = liveOffered },
            UploadSink.Mycelia => new MyceliaSink(new MyceliaOptions(server, settings.ClientId!, settings.Token!), SourceIds.In(spool), time, log, recorderState),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }
}
