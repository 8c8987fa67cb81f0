namespace Chorale.Show.Scenes;

/// <summary>Reads a scene file of either format.</summary>
public static class SceneFile
{
    /// <summary>Reads <paramref name="utf8"/>; all problems that can be seen in the file alone, not only the first.</summary>
    public static SceneLoad Read(ReadOnlyMemory<byte> utf8, string fileName) =>
        new(null, [new SceneProblem(Severity.Error, fileName, "", 1, "this program does not read scenes yet", "S001")]);
}
