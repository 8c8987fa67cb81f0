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
                Problems.Add(SceneRule.KeyLikely, SceneJson.Join("", member.Name), member.Line, SceneWords.KeyNotRead, PrintableText.Of(member.Name), near);
        }

        var id = parts.Name(parts.Required(root, "", "sceneId", SceneWords.Scene), "sceneId");
        var initial = parts.Text(parts.Required(root, "", "initialState", SceneWords.Scene), "initialState");
        var states = States(parts.Required(root, "", "states", SceneWords.Scene));
        var global = Transitions(root["globalEvents"], "globalEvents");
        var scene = new Scene
        {
            Id = id ?? "", InitialState = initial ?? "", States = states, GlobalEvents = global, Format = "states",
            Version = root["version"] is { } version ? parts.Text(version, "version") : null,
            Description = root["description"] is { } description ? parts.Text(description, "description") : null,
            Policies = root["policies"] is { } policies ? Policies(policies) : null,
            Loop = root["loop"] is { } loop && parts.Is(loop, JsonKind.Boolean, "loop", SceneWords.WantYesNo) && loop.Text == "true",
        };
        if (initial is not null && states.Count > 0) NamesExist(scene, root);
        if (!Problems.HasErrors) TimelessCycles.Find(scene, Problems, root["loop"]?.Line ?? 1);
        return scene;
    }

    private List<SceneState> States(JsonPart? part)
    {
        var states = new List<SceneState>();
        if (!parts.Is(part, JsonKind.Object, "states", SceneWords.WantStates)) return states;
        if (part!.Members.Count == 0) Problems.Add(SceneRule.KeyMissing, "states", part.Line, SceneWords.NoStates);
        if (part.Members.Count > SceneLimits.StatesMax) Problems.Add(SceneRule.TooMany, "states", part.Line, SceneWords.StatesMany, SceneLimits.StatesMax, part.Members.Count);
        foreach (var member in part.Members)
        {
            var path = SceneJson.Join("states", member.Name);
            parts.IsName(member.Name, path, member.Line);
            if (parts.Is(member.Value, JsonKind.Object, path, SceneWords.WantState)) states.Add(State(member, path));
        }

        return states;
    }

    private SceneState State(JsonMember member, string path)
    {
        var part = member.Value;
        parts.Keys(part, path, StateKeys, SceneWords.State);
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
        var items = parts.Items(part, path, SceneWords.WantActions);
        for (var i = 0; i < items.Count; i++)
        {
            if (parts.Action(items[i], $"{path}[{i}]", ActionKeys, SceneWords.Action) is { } action) actions.Add(action);
        }

        return actions;
    }

    private List<SceneCue> Timeline(JsonPart? part, string path)
    {
        var cues = new List<SceneCue>();
        var items = parts.Items(part, path, SceneWords.WantTimedActions);
        for (var i = 0; i < items.Count; i++)
        {
            var (item, place) = (items[i], $"{path}[{i}]");
            if (!parts.Is(item, JsonKind.Object, place, SceneWords.WantTimedAction)) continue;
            var at = parts.Seconds(parts.Required(item, place, "at", SceneWords.TimedAction), place + ".at") ?? TimeSpan.Zero;
            if (item["action"] is null == item["actions"] is null)
            {
                parts.Keys(item, place, CueKeys, SceneWords.TimedAction);
                Problems.Add(SceneRule.ActionUnclear, place, item.Line, item["action"] is null ? SceneWords.ActionNone : SceneWords.ActionBoth);
            }
            else if (item["actions"] is { } several)
            {
                parts.Keys(item, place, CueKeys, SceneWords.TimedAction);
                foreach (var idle in item.Members.Where(m => m.Name is "topic" or "message" or "retain"))
                    Problems.Add(SceneRule.KeyWithoutEffect, SceneJson.Join(place, idle.Name), idle.Line, SceneWords.KeyBesideActions, idle.Name);
                cues.AddRange(Actions(several, place + ".actions").Select(a => new SceneCue(at, a)));
            }
            else if (parts.Action(item, place, CueKeys, SceneWords.TimedAction) is { } action)
            {
                cues.Add(new SceneCue(at, action));
            }
        }

        return [.. cues.OrderBy(c => c.At)];
    }

    private List<SceneTransition> Transitions(JsonPart? part, string path)
    {
        var transitions = new List<SceneTransition>();
        var items = parts.Items(part, path, SceneWords.WantTransitions);
        for (var i = 0; i < items.Count; i++)
        {
            var place = $"{path}[{i}]";
            if (parts.Is(items[i], JsonKind.Object, place, SceneWords.WantTransition) && Transition(items[i], place) is { } transition) transitions.Add(transition);
        }

        return transitions;
    }

    private SceneTransition? Transition(JsonPart part, string path)
    {
        parts.Keys(part, path, TransitionKeys, SceneWords.Transition);
        parts.CountTransition(path, part.Line);
        var word = parts.Text(parts.Required(part, path, "type", SceneWords.Transition), path + ".type");
        var goTo = parts.Text(parts.Required(part, path, "goto", SceneWords.Transition), path + ".goto");
        var delay = part["delay"] is { } delayPart ? parts.Seconds(delayPart, path + ".delay") : null;
        var target = part["target"] is { } targetPart ? parts.Text(targetPart, path + ".target") : null;
        var topic = part["topic"] is { } topicPart ? parts.Text(topicPart, path + ".topic") : null;
        var message = part["message"] is { } messagePart ? parts.Message(messagePart, path + ".message") : null;
        if (word is null) return null;
        var index = Array.IndexOf(TransitionTypes, word);
        if (index < 0)
        {
            var (shown, types) = (PrintableText.Of(word), string.Join(", ", TransitionTypes));
            if (PartReader.Likely(word, TransitionTypes) is { } near) Problems.Add(SceneRule.WordUnknown, path + ".type", part["type"]!.Line, SceneWords.TypeUnknownNear, shown, types, near);
            else Problems.Add(SceneRule.WordUnknown, path + ".type", part["type"]!.Line, SceneWords.TypeUnknown, shown, types);
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
                    Problems.Add(SceneRule.OuterSpace, path + ".message", message.Line, SceneWords.AwaitedSpace, PrintableText.Of(text));
                idle = ["target"];
                break;
            case TransitionKind.AudioEnd or TransitionKind.VideoEnd:
                if (transition.Target is { } file) parts.IsMediaName(file, path + ".target", part["target"]!.Line);
                else if (part["target"] is null) Problems.Add(SceneRule.AnyEnd, path, part.Line, SceneWords.AnyEnd);
                idle = ["topic", "message"];
                break;
            case TransitionKind.Timeout when part["delay"] is null:
                Problems.Add(SceneRule.KeyWithoutEffect, path, part.Line, SceneWords.TimeoutAtOnce);
                break;
        }

        foreach (var member in part.Members.Where(m => idle.Contains(m.Name)))
            Problems.Add(SceneRule.KeyWithoutEffect, SceneJson.Join(path, member.Name), member.Line, SceneWords.KeyIdle, member.Name, TransitionTypes[(int)transition.Type]);
        if (transition is { Type: TransitionKind.MqttMessage or TransitionKind.AudioEnd or TransitionKind.VideoEnd, Delay.Ticks: > 0 })
            Problems.Add(SceneRule.DelayAfterEvent, path + ".delay", part["delay"]!.Line, SceneWords.DelayAfterEvent);
    }

    private ScenePolicies? Policies(JsonPart part)
    {
        if (!parts.Is(part, JsonKind.Object, "policies", SceneWords.WantObject)) return null;
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
            Problems.Add(SceneRule.WordUnknown, "policies.on_broker_loss", part["on_broker_loss"]!.Line, SceneWords.PolicyLoss, PrintableText.Of(loss));
        if (failure is not null && onFailure is null)
            Problems.Add(SceneRule.WordUnknown, "policies.on_feedback_failure", part["on_feedback_failure"]!.Line, SceneWords.PolicyFailure, PrintableText.Of(failure));
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
            if (!Problems.IsFull && PartReader.Likely(name, [.. names.Take(200)]) is { } near) Problems.Add(SceneRule.StateUnknown, path, line, SceneWords.StateUnknownNear, PrintableText.Of(name), PrintableText.Of(near));
            else Problems.Add(SceneRule.StateUnknown, path, line, SceneWords.StateUnknown, PrintableText.Of(name));
        }
    }
}
