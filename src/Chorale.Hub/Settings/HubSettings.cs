using System.Net;
using Chorale.Show.Players;

namespace Chorale.Hub.Settings;

/// <summary>Everything the hub can be told. <see cref="HubSettingsReader"/> reads it; <c>guide/hub.md</c> lists keys and defaults.</summary>
public sealed record HubSettings
{
    /// <summary>Folder of index, credentials and audio.</summary>
    public required string DataFolder { get; init; }

    public IReadOnlyList<ListenAddress> Listen { get; init; } = [new ListenAddress(IPAddress.Loopback, 8080)];

    /// <summary>PEM or PFX; null = http.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM key, where it is not in the certificate's file.</summary>
    public string? CertificateKeyFile { get; init; }

    /// <summary>Of a PFX or an encrypted key.</summary>
    public string? CertificatePassword { get; init; }

    /// <summary>Largest file from clients that are not ours: what an Ingest API allows.</summary>
    public long ForeignUploadBytesMax { get; init; } = 10L << 20;

    /// <summary>Largest file from our recorders: an hour of 8 channels at 48 kHz and 24 bit is 4.1 GB.</summary>
    public long OwnUploadBytesMax { get; init; } = 5L << 30;

    /// <summary>Reads naive times of devices that have no zone of their own.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Local;

    /// <summary>Bearer of the administration endpoints, beside credentials of kind admin and operators; null = none.</summary>
    public string? AdminToken { get; init; }

    /// <summary>Bearer of the internal file endpoint, beside credentials of kind internal; null = none.</summary>
    public string? InternalToken { get; init; }

    /// <summary>Audio older than this is deleted; null = never.</summary>
    public TimeSpan? KeepFor { get; init; }

    /// <summary>Oldest audio is deleted above this total; null = no bound.</summary>
    public long? KeepBytes { get; init; }

    /// <summary>Oldest audio is deleted while less than this is free.</summary>
    public long FreeBytesFloor { get; init; } = 1L << 30;

    /// <summary>Events of the log older than this are deleted.</summary>
    public TimeSpan LogKeepFor { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Oldest events are deleted above this number.</summary>
    public long LogRowsMax { get; init; } = 1_000_000;

    /// <summary>
    /// Folders in which the files of commanded recordings may lie on this machine. Where a module says that it writes is believed only inside them.
    /// </summary>
    public IReadOnlyList<string> RecordingFolders { get; init; } = [];

    /// <summary>A live copy whose chunk has not come for so long becomes a labelled chunk.</summary>
    public TimeSpan LiveKeepAfter { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Of all live copies together.</summary>
    public long LiveBytesMax { get; init; } = 1L << 30;

    /// <summary>Null: no fleet, only what recorders send by HTTP.</summary>
    public HubBroker? Broker { get; init; }

    /// <summary>One folder per room; null: this hub has no rooms.</summary>
    public string? RoomsFolder { get; init; }

    /// <summary>What the rooms have for pictures; found by the entry point.</summary>
    public Displays Displays { get; init; } = Displays.None;

    /// <summary>mpv's --ao in the rooms; null: whatever it finds.</summary>
    internal string? AudioOutput { get; init; }

    public bool IsLoopbackOnly => Listen.All(l => l.IsLoopback);
}
