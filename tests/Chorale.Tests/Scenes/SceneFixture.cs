using System.Text;
using Chorale.Show.Scenes;

namespace Chorale.Tests.Scenes;

/// <summary>Scenes of tests: JSON with single quotes, read by the real reader.</summary>
internal static class SceneFixture
{
    public static SceneLoad Load(string json, SceneCheckContext? context = null) =>
        SceneCheck.CheckFile(Encoding.UTF8.GetBytes(json.Replace('\'', '"')), "test.json", context);

    /// <summary>A scene of these states that begins in A; it must be without errors.</summary>
    public static Scene Scene(string states, string more = "") => Whole($"{{'sceneId':'s','initialState':'A',{more}'states':{{{states}}}}}");

    public static Scene Whole(string json)
    {
        var load = Load(json);
        Assert.True(load.Scene is not null, string.Join('\n', load.Problems));
        return load.Scene;
    }

    /// <summary>The problems of one rule.</summary>
    public static List<SceneProblem> Of(this SceneLoad load, string rule) => [.. load.Problems.Where(p => p.RuleId == rule)];

    /// <summary>Asserts that exactly this rule is broken, once, at this place.</summary>
    public static SceneProblem Only(this SceneLoad load, string rule, string path, int line)
    {
        var problem = Assert.Single(load.Problems);
        Assert.Equal((rule, path, line), (problem.RuleId, problem.Path, problem.Line));
        Assert.Equal(rule[1] == '0' ? Severity.Error : Severity.Warning, problem.Severity);
        Assert.Equal(problem.Severity == Severity.Error, load.Scene is null);
        return problem;
    }
}

/// <summary>Writes down all that a run decides, a line each: the decision log that two runs, or two engines, are compared by.</summary>
internal sealed class ScriptedStage : ISceneStage
{
    public List<string> Lines { get; } = [];

    /// <summary>Changes without their cause in words.</summary>
    public bool IsBrief { get; init; }

    public Action<SceneAction, TimeSpan>? OnAct { get; set; }

    public Action<string, TimeSpan>? OnChanged { get; set; }

    public string Log => string.Join('\n', Lines);

    public void Act(SceneAction action, TimeSpan planned)
    {
        Lines.Add($"{planned.TotalMilliseconds:0.####} {action.Kind} {action.Topic} {action.Message} {action.Path}");
        OnAct?.Invoke(action, planned);
    }

    public void Changed(string? from, string to, TimeSpan at, SceneTransition? because, string? cause)
    {
        Lines.Add($"{at.TotalMilliseconds:0.####} {from ?? "-"}>{to} {because?.Path} {(IsBrief ? null : cause)}".TrimEnd());
        OnChanged?.Invoke(to, at);
    }

    public void Ended(TimeSpan at, string reason) => Lines.Add($"{at.TotalMilliseconds:0.####} ended {reason}");
}
