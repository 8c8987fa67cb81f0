using Chorale.Archive.Index;
using Chorale.Archive.Store;
using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Chorale.Hub.Fleet;
using Chorale.Hub.Jobs;
using Chorale.Hub.Listening;
using Chorale.Hub.Settings;
using Chorale.Hub.Show;
using Chorale.Storage;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub;

/// <summary>What endpoints are built from.</summary>
internal sealed record HubParts(
    HubSettings Settings, ArchiveIndex Index, ArchiveStore Store, AccessStore Access, FleetDesk Fleet, ShowDesk Show, JobDesk Jobs, LiveDesk Live, AuditLog Audit, TimeProvider Time, ILoggerFactory Logs)
{
    /// <summary>What happened.</summary>
    internal required Book.EventBook Book { get; init; }

    /// <summary>By which things grow old enough to be deleted.</summary>
    internal required AgeClock Ages { get; init; }

    /// <summary>How long audio is kept.</summary>
    internal required KeepRule Keep { get; init; }

    /// <summary>Signs and reads the tokens of <c>/oauth/token</c> and <c>/api/v1/auth/login</c>.</summary>
    internal TokenSigner Signer { get; } = new(Access.Key("jwt"), Time);

    /// <summary>The audio of sessions, as far as it is on this machine.</summary>
    internal SessionTracks Tracks { get; } = new(Index, Store.Folder, Settings.RecordingFolders, Logs.CreateLogger("Chorale.Archive.Range"));

    /// <summary>Slows guessing of passwords.</summary>
    internal LoginThrottle Throttle { get; } = new(Time);

    internal Passwords Passwords { get; } = new();

    internal Cookies Cookies { get; } = new(Access.Key("cookies"));

    internal RequestPace Changes { get; } = RequestPace.OfChanges(Time);

    internal RequestPace DearReads { get; } = RequestPace.OfDearReads(Time);

    internal Api.Presses Presses { get; } = new(Time);

    internal Strangers Strangers { get; } = new(Time);

    internal Callers Callers => new(this);
}
