namespace Chorale.Show.Scenes;

/// <summary>What the check knows of the room; what is null is not checked.</summary>
public sealed record SceneCheckContext
{
    public string? RoomId { get; init; }

    /// <summary>Whether the room has this file; asked with and without extensions. Null = media are not checked.</summary>
    public Func<ActionKind, string, bool>? HasMedia { get; init; }

    /// <summary>Greatest payload in bytes of the device behind a topic; null = unknown.</summary>
    public Func<string, int?>? PayloadBytesMax { get; init; }

    /// <summary>False = sounds and pictures of this room have no player.</summary>
    public bool HasPlayer { get; init; } = true;
}

/// <summary>What can be said about a scene without running it. The rules S0xx (errors) and S1xx (warnings) stand in <c>design/scenes.md</c>.</summary>
public static class SceneCheck
{
    /// <summary>Problems of a scene that can be read: warnings that depend on the room, and on how its states hang together.</summary>
    public static IReadOnlyList<SceneProblem> Check(Scene scene, SceneCheckContext? context, string fileName) => [];

    /// <summary>Reads a file and checks what came out; all problems in the order of their lines.</summary>
    public static SceneLoad CheckFile(ReadOnlyMemory<byte> utf8, string fileName, SceneCheckContext? context)
    {
        var load = SceneFile.Read(utf8, fileName);
        if (load.Scene is null) return load;
        return load with { Problems = [.. load.Problems.Concat(Check(load.Scene, context, fileName)).OrderBy(p => p.Line)] };
    }
}
