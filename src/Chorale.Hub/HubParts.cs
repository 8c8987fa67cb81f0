using Chorale.Archive.Index;
using Chorale.Archive.Store;
using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Chorale.Hub.Fleet;
using Chorale.Hub.Settings;
using Chorale.Hub.Show;
using Microsoft.Extensions.Logging;

namespace Chorale.Hub;

/// <summary>What endpoints are built from.</summary>
internal sealed record HubParts(
    HubSettings Settings, ArchiveIndex Index, ArchiveStore Store, AccessStore Access, FleetDesk Fleet, ShowDesk Show, AuditLog Audit, TimeProvider Time, ILoggerFactory Logs)
{
    /// <summary>Signs and reads the tokens of <c>/oauth/token</c> and <c>/api/v1/auth/login</c>.</summary>
    internal TokenSigner Signer { get; } = new(Access.Key("jwt"), Time);

    /// <summary>Slows guessing of passwords.</summary>
    internal LoginThrottle Throttle { get; } = new(Time);

    internal Passwords Passwords { get; } = new();

    internal Cookies Cookies { get; } = new(Access.Key("cookies"));

    internal RequestPace Changes { get; } = RequestPace.OfChanges(Time);

    internal RequestPace DearReads { get; } = RequestPace.OfDearReads(Time);

    internal Strangers Strangers { get; } = new(Time);

    internal Callers Callers => new(this);
}
