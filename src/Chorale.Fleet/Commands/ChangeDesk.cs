using System.Text.Json;
using Chorale.Protocol.Modules;

namespace Chorale.Fleet.Commands;

/// <summary>
/// Sends changes of settings, to each module only if it still is as the sender saw it. Our own modules compare once more themselves, under
/// their own lock; others know no <c>expect</c>, so for them one change is under way at a time.
/// </summary>
internal sealed class ChangeDesk(Roster roster, CommandDesk commands)
{
    private readonly Lock _gate = new();
    private readonly HashSet<ModuleId> _changing = [];

    public async Task<FleetResult> SendAsync(
        IEnumerable<ModuleRecord> modules, ModuleCommand command, IReadOnlyDictionary<ModuleId, JsonElement>? expect, CancellationToken cancel)
    {
        List<(ModuleRecord Module, ModuleCommand Command)> targets = [];
        List<CommandResult> refused = [];
        lock (_gate)
        {
            foreach (var module in modules)
            {
                var seen = expect is not null && expect.TryGetValue(module.Id, out var e) ? e : (JsonElement?)null;
                var problem = seen is null ? null
                    : _changing.Contains(module.Id) ? "another change of its settings is under way; look at what it comes to first"
                    : Expectation.Problem(seen.Value, Now(module, command.Kind));
                if (problem is null) targets.Add((module, command with { Expect = seen }));
                else refused.Add(CommandDesk.NotSent(module.Id, command.Name, Verdict.Refused, problem));
            }

            foreach (var (module, _) in targets) _changing.Add(module.Id);
        }

        foreach (var result in refused) commands.Tell(result);
        try
        {
            var sent = await commands.SendAsync(targets, roster.Options.AnswerWithin, cancel);
            return new FleetResult([.. sent.Results, .. refused]);
        }
        finally
        {
            lock (_gate) _changing.ExceptWith(targets.Select(t => t.Module.Id));
        }
    }

    private static JsonElement Now(ModuleRecord module, ModuleCommandKind kind)
    {
        lock (module.Gate)
        {
            return (kind == ModuleCommandKind.Schedule ? module.Status?.Schedule?.ToElement() : module.Status?.Config?.ToElement()) ?? default;
        }
    }
}
