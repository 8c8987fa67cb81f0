using Chorale.Protocol.Modules;

namespace Chorale.Fleet.Commands;

/// <summary>One command on its way. Everything but <see cref="Ended"/> belongs to <see cref="PendingCommands"/> and its lock.</summary>
internal sealed class PendingCommand(ModuleId module, ModuleCommand command, long registeredStamp, TimeSpan limit)
{
    private readonly TaskCompletionSource<CommandResult> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ModuleId Module => module;

    public ModuleCommandKind Kind => command.Kind;

    public ModuleCommand Command => command;

    public string RequestId => command.RequestId!;

    public long RegisteredStamp => registeredStamp;

    public TimeSpan Limit => limit;

    /// <summary>Completes exactly once, never faults.</summary>
    public Task<CommandResult> Ended => _ended.Task;

    /// <summary>A "no" that some modules say although they did it; it waits for what the module does next.</summary>
    public string? HeldRefusal { get; set; }

    /// <summary>Error text of a status that came while a start waited.</summary>
    public string? StatusError { get; set; }

    /// <summary>The module showed that it did it, without having answered yet.</summary>
    public string? Evidence { get; set; }

    public void End(CommandResult result) => _ended.TrySetResult(result);
}
