using Chorale.Protocol;
using System.Text.Json.Serialization;

namespace Chorale.Fleet.Presence;

/// <summary>What is believed of a module, from what was heard of it and from silence; never from what a dead process said last.</summary>
[JsonConverter(typeof(SnakeCaseEnum<ModulePresence>))]
public enum ModulePresence
{
    /// <summary>Known from a retained message or from an earlier session, not heard since: it may live or not.</summary>
    Unknown,

    /// <summary>Heard within 2.5 heartbeats.</summary>
    Online,

    /// <summary>Silent for more than 2.5 heartbeats.</summary>
    Late,

    /// <summary>Silent for more than 4 heartbeats.</summary>
    Lost,

    /// <summary>It said that it stops, or the broker said so for it (its Will).</summary>
    Offline,
}

/// <summary>A change of belief.</summary>
/// <param name="From">Believed until now.</param>
/// <param name="To">Believed from now on.</param>
/// <param name="Reason">In words.</param>
public sealed record PresenceChange(ModulePresence From, ModulePresence To, string Reason);

/// <summary>What became of a status message.</summary>
internal enum StatusWeight
{
    /// <summary>It was said now, by the session that speaks.</summary>
    Live,

    /// <summary>Retained: said at some earlier time; it tells what was, not what is.</summary>
    Retained,

    /// <summary>The Will of a session that has a successor; ignored.</summary>
    OldWill,
}
