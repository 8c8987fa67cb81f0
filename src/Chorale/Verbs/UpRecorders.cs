using System.Globalization;
using Chorale.Recorder.Settings;

namespace Chorale.Verbs;

/// <summary>
/// The recorders of <c>chorale up</c>. The first is the person's; more of them are test signals, labelled so, each with a name, an identity and
/// folders of its own: enough to try a fleet on one machine.
/// </summary>
internal static class UpRecorders
{
    public const int Max = 32;

    /// <param name="first">Settings of the first.</param>
    /// <param name="count">How many in all.</param>
    /// <param name="dataFolder">Of the bundle.</param>
    /// <param name="hub">Where test signals go, wherever the person sends the first.</param>
    /// <param name="issueToken">Makes a token for an identity that has none yet.</param>
    public static IReadOnlyList<RecorderSettings> Of(RecorderSettings first, int count, string dataFolder, Uri hub, Func<UpIdentity, string> issueToken) =>
    [
        first with { Upload = first.Upload with { Token = KnownIdentity(dataFolder, issueToken).Token } },
        .. Enumerable.Range(2, count - 1).Select(n => TestSignal(first, n, dataFolder, hub, issueToken)),
    ];

    private static RecorderSettings TestSignal(RecorderSettings first, int number, string dataFolder, Uri hub, Func<UpIdentity, string> issueToken)
    {
        var name = number.ToString(CultureInfo.InvariantCulture);
        var folder = Path.Combine(dataFolder, "recorder-" + name);
        Directory.CreateDirectory(folder);
        var identity = KnownIdentity(folder, issueToken);
        var ids = new IngestIds(Guid.Parse(identity.PointId), Guid.Parse(identity.RegisterId), Guid.Parse(identity.DeviceId));
        return first with
        {
            Id = new("test-signal-" + name),
            Capture = first.Capture with { Device = "tone:" },
            Recording = first.Recording with { Folder = Path.Combine(dataFolder, "recordings-" + name) },
            Spool = first.Spool with { Folder = folder, OutboxFolder = null, IndexPath = null },
            Upload = first.Upload with { Sink = UploadSink.Ingest, Url = hub, Token = identity.Token, Ids = ids },
            HealthPort = 0, // the first one's
        };
    }

    private static UpIdentity KnownIdentity(string folder, Func<UpIdentity, string> issueToken)
    {
        var identity = UpIdentity.LoadOrCreate(folder);
        return identity.Token is null ? identity.WithToken(issueToken(identity), folder) : identity;
    }
}
