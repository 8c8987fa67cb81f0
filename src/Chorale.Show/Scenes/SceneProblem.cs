using System.Text.Json.Serialization;
using Chorale.Protocol;

namespace Chorale.Show.Scenes;

[JsonConverter(typeof(SnakeCaseEnum<Severity>))]
public enum Severity
{
    /// <summary>The scene never runs.</summary>
    Error,

    /// <summary>It runs, and this is shown.</summary>
    Warning,
}

/// <param name="Path">Place in the JSON: <c>states.A.timeline[3].message</c>; empty = the file as a whole.</param>
/// <param name="Line">From 1.</param>
/// <param name="RuleId">As listed in <c>design/scenes.md</c>: <c>S011</c>.</param>
public sealed record SceneProblem(Severity Severity, string File, string Path, int Line, string Text, string RuleId)
{
    public override string ToString() =>
        $"{File}:{Line}: {(Path.Length == 0 ? "" : Path + ": ")}{(Severity == Severity.Error ? "error" : "warning")}: {Text} [{RuleId}]";
}

/// <param name="Scene">Null when one of the problems is an error.</param>
public sealed record SceneLoad(Scene? Scene, IReadOnlyList<SceneProblem> Problems)
{
    public int Errors => Problems.Count(p => p.Severity == Severity.Error);
    public int Warnings => Problems.Count(p => p.Severity == Severity.Warning);
}
