using System.Security.Cryptography;
using Chorale.Protocol.Modules;

namespace Chorale.Fleet.Commands;

/// <summary>Sends one command to many modules at once, with one deadline for all, and brings back a verdict for each.</summary>
internal sealed class CommandDesk(Roster roster)
{
    /// <summary>Ends when every command has its verdict: at the latest at the deadline, or when the caller gives up.</summary>
    /// <param name="targets">Each with its command, whose request id is still null.</param>
    /// <param name="limit">Until the deadline, from now.</param>
    /// <param name="cancel">The caller gives up: what waits still is cancelled.</param>
    public async Task<FleetResult> SendAsync(IEnumerable<(ModuleRecord Module, ModuleCommand Command)> targets, TimeSpan limit, CancellationToken cancel)
    {
        var all = targets.Select(t => (t.Module, Command: t.Command with { RequestId = NewId() })).ToList();
        if (roster.Options.Simulate) return new FleetResult([.. all.Select(Simulated)]);
        var batch = all.ConvertAll(t => (t.Module, Pending: roster.Pending.Register(t.Module.Id, t.Command, limit)));
        using var deadline = roster.Time.CreateTimer(_ => roster.Pending.Expire(batch.Select(b => b.Pending)), null, limit, Timeout.InfiniteTimeSpan);
        await using var givenUp = cancel.Register(() => batch.ForEach(b => roster.Pending.End(b.Pending, Verdict.Cancelled, "the caller gave up")));
        foreach (var (module, pending) in batch) _ = PublishAsync(module, pending, limit, cancel);
        var results = await Task.WhenAll(batch.Select(b => b.Pending.Ended));
        foreach (var result in results) Tell(result);
        return new FleetResult(results);
    }

    /// <summary>A verdict without a command: nothing was sent.</summary>
    public static CommandResult NotSent(ModuleId module, string command, Verdict verdict, string reason) => new(module, NewId(), command, verdict, reason);

    public void Tell(CommandResult result)
    {
        Log.CommandEnded(
            roster.Logger, result.Command, result.RequestId, result.Module.Value, result.Verdict.ToString(), result.Took.TotalMilliseconds, result.Reason ?? result.Note);
        roster.Events.Tell(new CommandEnded(result));
    }

    internal static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>Never throws: it is not awaited.</summary>
    private async Task PublishAsync(ModuleRecord module, PendingCommand pending, TimeSpan limit, CancellationToken cancel)
    {
        try
        {
            if (await module.Link.SendAsync(module.Id, pending.Command, limit, cancel) is { } problem) roster.Pending.End(pending, Verdict.LostLink, problem);
        }
        catch (OperationCanceledException)
        {
            // The registration has ended it.
        }
        catch (Exception e)
        {
            roster.Pending.End(pending, Verdict.LostLink, e.Message);
        }
    }

    private CommandResult Simulated((ModuleRecord Module, ModuleCommand Command) target)
    {
        Log.Simulated(roster.Logger, target.Command.Name, target.Command.RequestId!, target.Module.Id.Value);
        var result = new CommandResult(target.Module.Id, target.Command.RequestId!, target.Command.Name, Verdict.Simulated, "nothing is sent in a simulation");
        roster.Events.Tell(new CommandEnded(result));
        return result;
    }
}
