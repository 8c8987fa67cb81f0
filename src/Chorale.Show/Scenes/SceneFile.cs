namespace Chorale.Show.Scenes;

/// <summary>Reads a scene file of either format: a state machine (an object), or a list of timestamp, topic, message.</summary>
public static class SceneFile
{
    /// <summary>
    /// Reads <paramref name="utf8"/>, and names all problems that can be seen in the file alone, not only the first. A scene comes out only
    /// when there is no error.
    /// </summary>
    /// <param name="fileName">As it is shown in problems; without its extension also the id of a list, which has none of its own.</param>
    public static SceneLoad Read(ReadOnlyMemory<byte> utf8, string fileName) => Read(utf8, fileName, out _);

    /// <param name="readable">What could be read, errors or not: never runs, and may lack states.</param>
    internal static SceneLoad Read(ReadOnlyMemory<byte> utf8, string fileName, out Scene? readable)
    {
        var problems = new SceneProblems(fileName);
        readable = null;
        if (SceneJson.Read(utf8.Span, problems) is { } root)
        {
            readable = root.Kind switch
            {
                JsonKind.Object => new StatesReader(new PartReader(problems)).Read(root),
                JsonKind.List => new ListReader(new PartReader(problems)).Read(root, Path.GetFileNameWithoutExtension(fileName)),
                _ => null,
            };
            if (root.Kind is not (JsonKind.Object or JsonKind.List))
                problems.Add(SceneRule.WrongType, "", root.Line, SceneWords.FileNeither);
        }

        return new SceneLoad(problems.HasErrors ? null : readable, problems.InOrder());
    }
}
