using Chorale.Show.Players;
using Chorale.Show.Scenes;
using YamlDotNet.RepresentationModel;

namespace Chorale.Show.Room;

/// <summary>What a trigger does while a scene runs.</summary>
public enum OnTrigger
{
    Ignore,
    Restart,
    Queue,
}

/// <summary>What a running scene does when a device refuses a command or does not answer it.</summary>
/// <param name="Retries">How often the command is sent again before it counts as failed, 0 to 10.</param>
/// <param name="Stops">The scene ends when it has failed.</param>
public readonly record struct OnFeedbackFailure(int Retries, bool Stops)
{
    public static OnFeedbackFailure Of(ScenePolicies scene) =>
        new(scene.OnFeedbackFailure == FeedbackFailurePolicy.Retry ? scene.Retries : 0, scene.OnFeedbackFailure == FeedbackFailurePolicy.Stop);
}

/// <summary>What happens to outputs of a device that comes back and has forgotten them.</summary>
public enum OnReturn
{
    /// <summary>The difference is shown.</summary>
    Show,

    /// <summary>What is wanted is sent again.</summary>
    Reapply,
}

/// <summary>A button of the room, on the page and at the hub: as if <paramref name="Message"/> had come on <paramref name="Topic"/>.</summary>
/// <param name="Gpio">BCM line of the hub's own machine; null: it has none.</param>
public sealed record RoomButton(string Name, string Title, string Topic, string Message, int? Gpio = null);

/// <summary>One room as <c>room.yaml</c> describes it; <c>guide/room.md</c> lists the keys.</summary>
public sealed record RoomSettings
{
    /// <summary>Name of the folder, and first level of the room's topics.</summary>
    public required string Id { get; init; }

    public required string Folder { get; init; }

    public string Title { get; init; } = "";

    /// <summary>Runs at <c>{room}/scene</c> START. Null: the only scene there is.</summary>
    public string? DefaultScene { get; init; }

    /// <summary>Starts with the hub, loops, and makes way for every other scene.</summary>
    public string? Ambient { get; init; }

    public OnTrigger OnTrigger { get; init; }

    public BrokerLossPolicy OnBrokerLoss { get; init; }

    public OnFeedbackFailure OnFeedbackFailure { get; init; }

    public OnReturn OnReturn { get; init; }

    /// <summary>mpv on this machine, another machine over MQTT, or none.</summary>
    public PlayerKind Player { get; init; } = PlayerKind.Mpv;

    /// <summary>As the player names it; null: its default.</summary>
    public string? AudioDevice { get; init; }

    public string? VideoOutput { get; init; }

    /// <summary>Shown while no picture plays; a file of <c>media/video</c>. Null: black.</summary>
    public string? IdleImage { get; init; }

    public IReadOnlyList<RoomButton> Buttons { get; init; } = [];

    /// <summary>The mapping under <c>nodes:</c>, read by <c>Devices</c>; null: none.</summary>
    public YamlMappingNode? Nodes { get; init; }

    public string ScenesFolder => Path.Combine(Folder, "scenes");

    public string MediaFolder => Path.Combine(Folder, "media");

    public string CommandsFolder => Path.Combine(Folder, "commands");
}
