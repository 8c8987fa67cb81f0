using Chorale.Protocol;
using System.Text.Json.Serialization;
using Chorale.Protocol.Modules;

namespace Chorale.Fleet.Commands;

/// <summary>How a command ended. Every command ends as exactly one of these.</summary>
[JsonConverter(typeof(SnakeCaseEnum<Verdict>))]
public enum Verdict
{
    /// <summary>The module said yes, or showed that it did it.</summary>
    Confirmed,

    /// <summary>The module said no; the reason is its own.</summary>
    Refused,

    /// <summary>No answer before the deadline.</summary>
    TimedOut,

    /// <summary>Not sent: "all" means modules that are exactly idle.</summary>
    NotIdle,

    /// <summary>Not sent: "all" means modules that record.</summary>
    NotRecording,

    /// <summary>It said yes and its status said no.</summary>
    Contradicted,

    /// <summary>An answer without an id came while several commands waited.</summary>
    Ambiguous,

    /// <summary>A later command made it pointless before it was answered.</summary>
    Superseded,

    /// <summary>The broker could not be reached, or the module's connection ended before it answered.</summary>
    LostLink,

    /// <summary>The caller gave up.</summary>
    Cancelled,

    /// <summary>Logged, not sent.</summary>
    Simulated,
}

/// <summary>The end of one command to one module.</summary>
/// <param name="Module">Whom it was for.</param>
/// <param name="RequestId">Its id on the wire.</param>
/// <param name="Command">Its word on the wire.</param>
/// <param name="Verdict">How it ended.</param>
/// <param name="Reason">Why it was not confirmed, in words for a person; null when it was.</param>
/// <param name="Note">What was odd although it was confirmed; null when nothing was.</param>
/// <param name="Took">From registering it to its end, monotonic; zero when nothing was sent.</param>
/// <param name="Data">What the answer carried.</param>
public sealed record CommandResult(
    ModuleId Module, string RequestId, string Command, Verdict Verdict, string? Reason = null, string? Note = null, TimeSpan Took = default,
    ModuleResponseData? Data = null)
{
    public bool IsConfirmed => Verdict == Verdict.Confirmed;

    /// <summary>A module that took <c>start_at</c>: its recording begins at that sample, whenever the command came.</summary>
    public bool IsArmed => IsConfirmed && Data?.Armed == true;
}

/// <summary>What one command to several modules came to.</summary>
public sealed record FleetResult(IReadOnlyList<CommandResult> Results)
{
    public int Confirmed => Results.Count(r => r.IsConfirmed);

    /// <summary>True when there was somebody to command and everybody did it. Modules that were not idle count: nothing was started there.</summary>
    public bool AllConfirmed => Results.Count > 0 && Results.All(r => r.IsConfirmed);

    public bool NoneConfirmed => Results.All(r => !r.IsConfirmed);
}
