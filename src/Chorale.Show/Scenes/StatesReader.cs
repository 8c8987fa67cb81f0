using Chorale.Show.Feedback;

namespace Chorale.Show.Scenes;

/// <summary>The second generation: states with actions, a timeline and transitions.</summary>
internal sealed class StatesReader(PartReader parts)
{
    private static readonly string[] RootKeys = ["sceneId", "initialState", "states", "version", "description", "globalEvents", "policies", "loop"];
    private static readonly string[] StateKeys = ["description", "onEnter", "onExit", "timeline", "transitions"];
    private static readonly string[] ActionKeys = ["action", "topic", "message", "retain", "description"];
    private static readonly string[] CueKeys = ["at", "action", "topic", "message", "retain", "actions", "description"];
    private static readonly string[] TransitionKeys = ["type", "goto", "delay", "target", "topic", "message", "description"];
    private static readonly string[] TransitionTypes = ["timeout", "audioEnd", "videoEnd", "mqttMessage", "always"];
    private static readonly string[] PolicyKeys = ["on_broker_loss", "on_feedback_failure"];

    private SceneProblems Problems => parts.Problems;

    /// <summary>Also with errors: then it is for looking at, not for running.</summary>
    public Scene Read(JsonPart root)
    {
        // Older editors keep keys of their own here, and they may; only what looks like a slip is worth a word.
        foreach (var member in root.Members)
        {
            if (!RootKeys.Contains(member.Name) && PartReader.Likely(member.Name, RootKeys) is { } near)
                Problems.Add(SceneRule.KeyLikely, SceneJson.Join("", member.Name), member.Line, $"\"{PrintableText.Of(member.Name)}\" is not read; did you mean \"{near}\"?");
        }

        var id = parts.Name(parts.Required(root, "", "sceneId", "a scene"), "sceneId");
        var initial = parts.Text(parts.Required(root, "", "initialState", "a scene"), "initialState");
        var states = States(parts.Required(root, "", "states", "a scene"));
        var global = Transitions(root["globalEvents"], "globalEvents");
        var scene = new Scene
        {
            Id = id ?? "", InitialState = initial ?? "", States = states, GlobalEvents = global, Format = "states",
            Version = root["version"] is { } version ? parts.Text(version, "version") : null,
            Description = root["description"] is { } description ? parts.Text(description, "description") : null,
            Policies = root["policies"] is { } policies ? Policies(policies) : null,
            Loop = root["loop"] is { } loop && parts.Is(loop, JsonKind.Boolean, "loop", "true or false") && loop.Text == "true",
        };
        if (initial is not null && states.Count > 0) NamesExist(scene, root);
        if (!Problems.HasErrors) TimelessCycles.Find(scene, Problems, root["loop"]?.Line ?? 1);
        return scene;
    }

    private List<SceneState> States(JsonPart? part)
    {
        var states = new List<SceneState>();
        if (!parts.Is(part, JsonKind.Object, "states", "an object with the states by name")) return states;
        if (part!.Members.Count == 0) Problems.Add(SceneRule.KeyMissing, "states", part.Line, "a scene needs at least one state");
        if (part.Members.Count > SceneLimits.StatesMax) Problems.Add(SceneRule.TooMany, "states", part.Line, $"a scene has at most {SceneLimits.StatesMax} states; these are {part.Members.Count}");
        foreach (var member in part.Members)
        {
            var path = SceneJson.Join("states", member.Name);
            parts.IsName(member.Name, path, member.Line);
            if (parts.Is(member.Value, JsonKind.Object, path, "a state ({...})")) states.Add(State(member, path));
        }

        return states;
    }

    private SceneState State(JsonMember member, string path)
    {
        var part = member.Value;
        parts.Keys(part, path, StateKeys, "a state");
        return new SceneState
        {
            Name = member.Name, Line = member.Line,
            Description = part["description"] is { } description ? parts.Text(description, path + ".description") : null,
            OnEnter = Actions(part["onEnter"], path + ".onEnter"),
            OnExit = Actions(part["onExit"], path + ".onExit"),
            Timeline = Timeline(part["timeline"], path + ".timeline"),
            Transitions = Transitions(part["transitions"], path + ".transitions"),
        };
    }

    private List<SceneAction> Actions(JsonPart? part, string path)
    {
        var actions = new List<SceneAction>();
        var items = parts.Items(part, path, "a list of actions ([...])");
        for (var i = 0; i < items.Count; i++)
        {
            if (parts.Action(items[i], $"{path}[{i}]", ActionKeys, "an action") is { } action) actions.Add(action);
        }

        return actions;
    }

    private List<SceneCue> Timeline(JsonPart? part, string path)
    {
        var cues = new List<SceneCue>();
        var items = parts.Items(part, path, "a list of timed actions ([...])");
        for (var i = 0; i < items.Count; i++)
        {
            var (item, place) = (items[i], $"{path}[{i}]");
            if (!parts.Is(item, JsonKind.Object, place, "a timed action ({...})")) continue;
            var at = parts.Seconds(parts.Required(item, place, "at", "a timed action"), place + ".at") ?? TimeSpan.Zero;
            if (item["action"] is null == item["actions"] is null)
            {
                parts.Keys(item, place, CueKeys, "a timed action");
                Problems.Add(SceneRule.ActionUnclear, place, item.Line, item["action"] is null ? "has neither \"action\" nor \"actions\"" : "has both \"action\" and \"actions\"; one of them");
            }
            else if (item["actions"] is { } several)
            {
                parts.Keys(item, place, CueKeys, "a timed action");
                foreach (var idle in item.Members.Where(m => m.Name is "topic" or "message" or "retain"))
                    Problems.Add(SceneRule.KeyWithoutEffect, SceneJson.Join(place, idle.Name), idle.Line, $"\"{idle.Name}\" beside \"actions\" does nothing; it belongs into one of them");
                cues.AddRange(Actions(several, place + ".actions").Select(a => new SceneCue(at, a)));
            }
            else if (parts.Action(item, place, CueKeys, "a timed action") is { } action)
            {
                cues.Add(new SceneCue(at, action));
            }
        }

        return [.. cues.OrderBy(c => c.At)];
    }

    private List<SceneTransition> Transitions(JsonPart? part, string path)
    {
        var transitions = new List<SceneTransition>();
        var items = parts.Items(part, path, "a list of transitions ([...])");
        for (var i = 0; i < items.Count; i++)
        {
            var place = $"{path}[{i}]";
            if (parts.Is(items[i], JsonKind.Object, place, "a transition ({...})") && Transition(items[i], place) is { } transition) transitions.Add(transition);
        }

        return transitions;
    }

    private SceneTransition? Transition(JsonPart part, string path)
    {
        parts.Keys(part, path, TransitionKeys, "a transition");
        parts.CountTransition(path, part.Line);
        var word = parts.Text(parts.Required(part, path, "type", "a transition"), path + ".type");
        var goTo = parts.Text(parts.Required(part, path, "goto", "a transition"), path + ".goto");
        var delay = part["delay"] is { } delayPart ? parts.Seconds(delayPart, path + ".delay") : null;
        var target = part["target"] is { } targetPart ? parts.Text(targetPart, path + ".target") : null;
        var topic = part["topic"] is { } topicPart ? parts.Text(topicPart, path + ".topic") : null;
        var message = part["message"] is { } messagePart ? parts.Message(messagePart, path + ".message") : null;
        if (word is null) return null;
        var index = Array.IndexOf(TransitionTypes, word);
        if (index < 0)
        {
            var near = PartReader.Likely(word, TransitionTypes) is { } likely ? $"; did you mean \"{likely}\"?" : "";
            Problems.Add(SceneRule.WordUnknown, path + ".type", part["type"]!.Line, $"\"{PrintableText.Of(word)}\" is no type of transition; there are {string.Join(", ", TransitionTypes)}{near}");
            return null;
        }

        var transition = new SceneTransition
        {
            Type = (TransitionKind)index, GoTo = goTo ?? "", Delay = delay, Target = target, Topic = topic, Message = message, Path = path, Line = part.Line,
        };
        Complete(transition, part, path);
        return goTo is null ? null : transition;
    }

    /// <summary>What each type needs, and what does nothing there.</summary>
    private void Complete(SceneTransition transition, JsonPart part, string path)
    {
        string[] idle = ["target", "topic", "message"];
        switch (transition.Type)
        {
            case TransitionKind.MqttMessage:
                if (parts.Required(part, path, "topic", "mqttMessage") is { } topic && transition.Topic is not null) parts.IsTopic(transition.Topic, path + ".topic", topic.Line);
                if (parts.Required(part, path, "message", "mqttMessage") is { } message && transition.Message is { } text && text.Trim() != text)
                    Problems.Add(SceneRule.OuterSpace, path + ".message", message.Line, $"\"{PrintableText.Of(text)}\" begins or ends with a space or a line end, which has to come too");
                idle = ["target"];
                break;
            case TransitionKind.AudioEnd or TransitionKind.VideoEnd:
                if (transition.Target is { } file) parts.IsMediaName(file, path + ".target", part["target"]!.Line);
                else if (part["target"] is null) Problems.Add(SceneRule.AnyEnd, path, part.Line, "without \"target\" the end of any file is meant, a short effect's too");
                idle = ["topic", "message"];
                break;
            case TransitionKind.Timeout when part["delay"] is null:
                Problems.Add(SceneRule.KeyWithoutEffect, path, part.Line, "a timeout without \"delay\" is over at once");
                break;
        }

        foreach (var member in part.Members.Where(m => idle.Contains(m.Name)))
            Problems.Add(SceneRule.KeyWithoutEffect, SceneJson.Join(path, member.Name), member.Line, $"\"{member.Name}\" does nothing in a transition of type {TransitionTypes[(int)transition.Type]}");
        if (transition is { Type: TransitionKind.MqttMessage or TransitionKind.AudioEnd or TransitionKind.VideoEnd, Delay.Ticks: > 0 })
            Problems.Add(SceneRule.DelayAfterEvent, path + ".delay", part["delay"]!.Line, "the delay counts from the event; older controllers took the transition at once");
    }

    private ScenePolicies? Policies(JsonPart part)
    {
        if (!parts.Is(part, JsonKind.Object, "policies", "an object")) return null;
        parts.Keys(part, "policies", PolicyKeys, "policies");
        var loss = part["on_broker_loss"] is { } lossPart ? parts.Text(lossPart, "policies.on_broker_loss") : null;
        var failure = part["on_feedback_failure"] is { } failurePart ? parts.Text(failurePart, "policies.on_feedback_failure") : null;
        var onLoss = loss switch { "continue" => BrokerLossPolicy.Continue, "stop" => BrokerLossPolicy.Stop, "hold" => BrokerLossPolicy.Hold, _ => (BrokerLossPolicy?)null };
        var (onFailure, retries) = failure?.Split(' ') switch
        {
            ["continue"] => (FeedbackFailurePolicy.Continue, 0),
            ["stop"] => (FeedbackFailurePolicy.Stop, 0),
            ["retry", var n] when int.TryParse(n, System.Globalization.NumberStyles.None, null, out var times) && times is >= 1 and <= 10 => (FeedbackFailurePolicy.Retry, times),
            _ => ((FeedbackFailurePolicy?)null, 0),
        };
        if (loss is not null && onLoss is null)
            Problems.Add(SceneRule.WordUnknown, "policies.on_broker_loss", part["on_broker_loss"]!.Line, $"\"{PrintableText.Of(loss)}\" is no policy; there are continue, stop and hold");
        if (failure is not null && onFailure is null)
            Problems.Add(SceneRule.WordUnknown, "policies.on_feedback_failure", part["on_feedback_failure"]!.Line, $"\"{PrintableText.Of(failure)}\" is no policy; there are continue, stop and retry N (1 to 10)");
        return new ScenePolicies { OnBrokerLoss = onLoss, OnFeedbackFailure = onFailure, Retries = retries };
    }

    private void NamesExist(Scene scene, JsonPart root)
    {
        var names = scene.States.Select(s => s.Name).ToHashSet();

        // States that could not be read at all exist nevertheless.
        foreach (var member in root["states"]!.Members) names.Add(member.Name);
        if (!names.Contains(scene.InitialState)) Unknown(scene.InitialState, "initialState", root["initialState"]!.Line);
        foreach (var transition in scene.GlobalEvents.Concat(scene.States.SelectMany(s => s.Transitions)))
        {
            if (transition.GoTo != Scene.End && !names.Contains(transition.GoTo)) Unknown(transition.GoTo, transition.Path + ".goto", transition.Line);
        }

        void Unknown(string name, string path, int line)
        {
            var near = !Problems.IsFull && PartReader.Likely(name, [.. names.Take(200)]) is { } likely ? $"; did you mean \"{PrintableText.Of(likely)}\"?" : "";
            Problems.Add(SceneRule.StateUnknown, path, line, $"there is no state \"{PrintableText.Of(name)}\"{near}");
        }
    }
}
