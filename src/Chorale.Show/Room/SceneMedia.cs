using Chorale.Show.Players;
using Chorale.Show.Scenes;

namespace Chorale.Show.Room;

/// <summary>Which files a scene can ask for soon, by state: what the state itself plays and what the ones after it begin with.</summary>
internal sealed class SceneMedia
{
    private static readonly MediaNeed Nothing = new([], []);

    private readonly Dictionary<string, MediaNeed> _after = new(StringComparer.Ordinal);
    private readonly MediaNeed _atStart;

    private SceneMedia(Scene scene)
    {
        var states = scene.States.ToDictionary(s => s.Name, StringComparer.Ordinal);
        foreach (var state in scene.States)
        {
            var next = state.Transitions.Concat(scene.GlobalEvents).Select(t => t.GoTo).Distinct().Select(states.GetValueOrDefault).OfType<SceneState>();
            _after[state.Name] = Need(state.Timeline.Select(c => c.Action).Concat(next.SelectMany(s => s.OnEnter)));
        }

        _atStart = states.TryGetValue(scene.InitialState, out var first) ? Need(first.OnEnter.Concat(first.Timeline.Select(c => c.Action))) : Nothing;
    }

    public static SceneMedia Of(Scene scene) => new(scene);

    public MediaNeed AtStart => _atStart;

    public MediaNeed In(string state) => _after.GetValueOrDefault(state, Nothing);

    private static MediaNeed Need(IEnumerable<SceneAction> actions)
    {
        var all = actions.ToList();
        return new MediaNeed(Files(all, ActionKind.Audio), Files(all, ActionKind.Video));
    }

    private static List<string> Files(List<SceneAction> actions, ActionKind kind) =>
        [.. actions.Where(a => a.Kind == kind).Select(a => FileOf(kind, a.Message)).OfType<string>().Distinct()];

    private static string? FileOf(ActionKind kind, string words) =>
        (kind == ActionKind.Audio ? PlayerWords.TryAudio(words, out var word, out _) : PlayerWords.TryVideo(words, out word, out _)) && word.Verb == PlayerVerb.Play ? word.File : null;
}
