namespace Chorale.Show.Scenes;

/// <summary>The problems of one file, bounded: whoever has 200 errors does not read the next, and no crowd of warnings hides an error.</summary>
internal sealed class SceneProblems(string file)
{
    private readonly List<SceneProblem> _errors = [];
    private readonly List<SceneProblem> _warnings = [];
    private int _unnamed;

    public bool HasErrors => _errors.Count > 0;

    /// <summary>What comes now is counted and not named: no need to think of good words.</summary>
    public bool IsFull => _errors.Count >= SceneLimits.ProblemsMax;

    /// <param name="words">Of <see cref="SceneWords"/>, with the values of its places.</param>
    public void Add(string rule, string path, int line, string words, params ReadOnlySpan<object> values)
    {
        var severity = SceneRule.SeverityOf(rule);
        var problems = severity == Severity.Error ? _errors : _warnings;
        if (problems.Count < SceneLimits.ProblemsMax) problems.Add(new SceneProblem(severity, file, path, line, SceneWords.Fill(words, values), rule));
        else _unnamed++;
    }

    /// <summary>In the order of their lines.</summary>
    public IReadOnlyList<SceneProblem> InOrder()
    {
        var ordered = _errors.Concat(_warnings).OrderBy(p => p.Line).ToList();
        if (_unnamed > 0)
        {
            var rule = HasErrors ? SceneRule.TooMany : SceneRule.KeyWithoutEffect;
            ordered.Add(new SceneProblem(HasErrors ? Severity.Error : Severity.Warning, file, "", ordered[^1].Line, SceneWords.Fill(SceneWords.ProblemsMore, _unnamed, ordered.Count), rule));
        }

        return ordered;
    }
}
