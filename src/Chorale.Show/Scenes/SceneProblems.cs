namespace Chorale.Show.Scenes;

/// <summary>The problems of one file, bounded: whoever has 200 does not read the next.</summary>
internal sealed class SceneProblems(string file)
{
    private readonly List<SceneProblem> _problems = [];
    private int _unnamed;

    public bool HasErrors { get; private set; }

    public void Add(string rule, string path, int line, string text)
    {
        var severity = SceneRule.SeverityOf(rule);
        HasErrors |= severity == Severity.Error;
        if (_problems.Count < SceneLimits.ProblemsMax) _problems.Add(new SceneProblem(severity, file, path, line, text, rule));
        else _unnamed++;
    }

    /// <summary>In the order of their lines. Errors are never crowded out of the verdict: <see cref="HasErrors"/> counts what is not named too.</summary>
    public IReadOnlyList<SceneProblem> InOrder()
    {
        var ordered = _problems.OrderBy(p => p.Line).ToList();
        if (_unnamed > 0)
        {
            var rule = HasErrors ? SceneRule.TooMany : SceneRule.KeyWithoutEffect;
            ordered.Add(new SceneProblem(HasErrors ? Severity.Error : Severity.Warning, file, "", ordered[^1].Line, $"and {_unnamed} problems more; begin with the {ordered.Count} above", rule));
        }

        return ordered;
    }
}
