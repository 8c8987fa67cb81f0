using Chorale.Fleet.Commands;
using Chorale.Fleet.Presence;
using Chorale.Fleet.Sessions;
using Chorale.Protocol.Modules;

namespace Chorale.Fleet;

/// <summary>Something that happened in the fleet, in the order in which it was learned.</summary>
public abstract record FleetEvent;

/// <summary>A module is new, or something about it has changed; <see cref="FleetModule"/> is the whole of it.</summary>
/// <param name="Change">Set when its presence has changed. Silent while it flaps: the alarm stands for that.</param>
public sealed record ModuleChanged(FleetModule Module, PresenceChange? Change) : FleetEvent;

/// <summary>An alarm of ours began or ended: <c>double_id</c>, <c>flapping</c>.</summary>
public sealed record ModuleAlarm(ModuleId Module, string Alarm, bool IsRaised) : FleetEvent;

/// <summary>A command has its verdict.</summary>
public sealed record CommandEnded(CommandResult Result) : FleetEvent;

/// <summary>A second, different answer came to a command; its verdict stays.</summary>
public sealed record CommandContradicted(ModuleId Module, string? RequestId, string Message) : FleetEvent;

/// <summary>A module reported something: a recording began or is complete, a chunk was uploaded.</summary>
public sealed record ModuleReported(ModuleId Module, ModuleData Data) : FleetEvent;

/// <summary>A session began or changed.</summary>
public sealed record SessionChanged(SessionManifest Session) : FleetEvent;

/// <summary>Levels of a module that somebody watches.</summary>
public sealed record LevelsHeard(ModuleId Module, ModuleLevels Levels) : FleetEvent;

/// <summary>The connection to the broker came or went.</summary>
public sealed record LinkChanged(bool IsConnected, string? Reason) : FleetEvent;

/// <summary>The reader was so far behind that this many events were dropped; the status map is still right.</summary>
public sealed record EventsMissed(long Count) : FleetEvent;
