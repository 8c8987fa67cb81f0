namespace Chorale.Show.Scenes;

/// <summary>What the check knows of the room; what is null is not checked.</summary>
public sealed record SceneCheckContext
{
    public string? RoomId { get; init; }

    /// <summary>Whether the room's folder has exactly this file; the check itself tries extensions. Null = media are not checked.</summary>
    public Func<ActionKind, string, bool>? HasMedia { get; init; }

    /// <summary>Greatest payload in bytes of the device behind a topic; null = unknown.</summary>
    public Func<string, int?>? PayloadBytesMax { get; init; }

    /// <summary>False = sounds and pictures of this room have no player.</summary>
    public bool HasPlayer { get; init; } = true;
}

/// <summary>What can be said about a scene without running it. The rules S0xx (errors) and S1xx (warnings) stand in <c>design/scenes.md</c>.</summary>
public static class SceneCheck
{
    /// <summary>Problems of a scene that can be read: warnings about its room, and about how its states hang together.</summary>
    public static IReadOnlyList<SceneProblem> Check(Scene scene, SceneCheckContext? context, string fileName)
    {
        var problems = new SceneProblems(fileName);
        StateCheck.Check(scene, problems);
        RoomCheck.Check(scene, context ?? new SceneCheckContext(), problems);
        return problems.InOrder();
    }

    /// <summary>Reads a file and checks what came out; all problems in the order of their lines.</summary>
    public static SceneLoad CheckFile(ReadOnlyMemory<byte> utf8, string fileName, SceneCheckContext? context)
    {
        var load = SceneFile.Read(utf8, fileName, out var readable);
        if (readable is null) return load;
        var more = load.Scene is null ? CheckRoom(readable, context, fileName) : Check(load.Scene, context, fileName);
        return load with { Problems = [.. load.Problems.Concat(more).OrderBy(p => p.Line)] };
    }

    /// <summary>Of a scene with errors: what its states have to do with each other cannot be said, what its room lacks can.</summary>
    private static IReadOnlyList<SceneProblem> CheckRoom(Scene scene, SceneCheckContext? context, string fileName)
    {
        var problems = new SceneProblems(fileName);
        RoomCheck.Check(scene, context ?? new SceneCheckContext(), problems);
        return problems.InOrder();
    }

    /// <summary>Every action of a scene, in the order of the file.</summary>
    internal static IEnumerable<SceneAction> Actions(Scene scene) =>
        scene.States.SelectMany(s => s.OnEnter.Concat(s.Timeline.Select(c => c.Action)).Concat(s.OnExit));

    internal static IEnumerable<SceneTransition> Transitions(Scene scene) => scene.GlobalEvents.Concat(scene.States.SelectMany(s => s.Transitions));
}
