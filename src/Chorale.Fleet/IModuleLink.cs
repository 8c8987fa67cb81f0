using Chorale.Protocol.Modules;

namespace Chorale.Fleet;

/// <summary>The way to a module: the broker, or a connection of its own.</summary>
public interface IModuleLink
{
    /// <summary><c>mqtt</c>, <c>websocket</c>.</summary>
    string Name { get; }

    bool IsConnected { get; }

    /// <summary>Sends a command; does not wait for its answer, and never sends it later.</summary>
    /// <param name="module">To whom.</param>
    /// <param name="command">With its request id.</param>
    /// <param name="expiry">A command that could not be delivered within this time must not be executed.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Null when it left; else why not, in words.</returns>
    Task<string?> SendAsync(ModuleId module, ModuleCommand command, TimeSpan expiry, CancellationToken cancel);

    /// <summary>Asks for the module's clock; false when this cannot be asked here or now.</summary>
    Task<bool> AskClockAsync(ModuleId module, ClockQuestion question, CancellationToken cancel);
}
