using System.Text.Json.Serialization;
using Chorale.Protocol;

namespace Chorale.Show.Scenes;

/// <summary>One scene as it was read: immutable, every wait and every name checked. What each key means stands in <c>design/scenes.md</c>.</summary>
public sealed record Scene
{
    /// <summary>The state that ends the scene, whether or not the file defines it.</summary>
    public const string End = "END";

    public required string Id { get; init; }
    public required string InitialState { get; init; }
    public required IReadOnlyList<SceneState> States { get; init; }
    public IReadOnlyList<SceneTransition> GlobalEvents { get; init; } = [];
    public string? Version { get; init; }
    public string? Description { get; init; }

    /// <summary><c>states</c> (a state machine) or <c>list</c> (timestamp, topic, message).</summary>
    public required string Format { get; init; }

    /// <summary>What the file itself says about failures; null = the room decides.</summary>
    public ScenePolicies? Policies { get; init; }

    /// <summary>Starts again when it has ended.</summary>
    public bool Loop { get; init; }

    public SceneState? Find(string name)
    {
        foreach (var state in States)
        {
            if (state.Name == name) return state;
        }

        return null;
    }
}

/// <summary>Parts that are null are the room's to decide.</summary>
public sealed record ScenePolicies
{
    public BrokerLossPolicy? OnBrokerLoss { get; init; }
    public FeedbackFailurePolicy? OnFeedbackFailure { get; init; }

    /// <summary>Of <see cref="FeedbackFailurePolicy.Retry"/>: how often a command is sent again.</summary>
    public int Retries { get; init; }
}

[JsonConverter(typeof(SnakeCaseEnum<BrokerLossPolicy>))]
public enum BrokerLossPolicy
{
    /// <summary>The scene goes on; commands are logged, not sent.</summary>
    Continue,
    Stop,

    /// <summary>The scene's clock stands still until the broker is back.</summary>
    Hold,
}

[JsonConverter(typeof(SnakeCaseEnum<FeedbackFailurePolicy>))]
public enum FeedbackFailurePolicy
{
    Continue,
    Stop,
    Retry,
}

public sealed record SceneState
{
    public required string Name { get; init; }
    public string? Description { get; init; }
    public IReadOnlyList<SceneAction> OnEnter { get; init; } = [];
    public IReadOnlyList<SceneAction> OnExit { get; init; } = [];

    /// <summary>Sorted by time; what is due together keeps the order of the file.</summary>
    public IReadOnlyList<SceneCue> Timeline { get; init; } = [];
    public IReadOnlyList<SceneTransition> Transitions { get; init; } = [];

    /// <summary>Of its name in the file, from 1.</summary>
    public int Line { get; init; }
}

[JsonConverter(typeof(SnakeCaseEnum<ActionKind>))]
public enum ActionKind
{
    Mqtt,
    Audio,
    Video,

    /// <summary>Starts or stops a recording of the fleet.</summary>
    Record,
}

public sealed record SceneAction
{
    public required ActionKind Kind { get; init; }
    public string? Topic { get; init; }

    /// <summary>Text as it goes out: numbers as they are written in the file, <c>true</c> as <c>true</c>.</summary>
    public required string Message { get; init; }

    /// <summary>Where it stands in the file: <c>states.A.timeline[3]</c>.</summary>
    public required string Path { get; init; }
    public required int Line { get; init; }
}

/// <summary>A timed action; <paramref name="At"/> counts from the entry into its state.</summary>
public sealed record SceneCue(TimeSpan At, SceneAction Action);

[JsonConverter(typeof(SnakeCaseEnum<TransitionKind>))]
public enum TransitionKind
{
    Timeout,
    AudioEnd,
    VideoEnd,
    MqttMessage,
    Always,
}

public sealed record SceneTransition
{
    public required TransitionKind Type { get; init; }
    public required string GoTo { get; init; }

    /// <summary>Of a timeout: from the entry (global: from the start). Of all others: from the event to the change.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>Of audioEnd and videoEnd: the file; null = any.</summary>
    public string? Target { get; init; }
    public string? Topic { get; init; }
    public string? Message { get; init; }
    public required string Path { get; init; }
    public required int Line { get; init; }
}
