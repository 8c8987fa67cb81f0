using System.Globalization;
using System.Text;
using Chorale.Show.Feedback;
using Chorale.Show.Players;

namespace Chorale.Show.Scenes;

/// <summary>Single values of a scene file: each is read, or named as a problem with the value found and what is allowed.</summary>
internal sealed class PartReader(SceneProblems problems)
{
    private int _actions;
    private int _transitions;

    public SceneProblems Problems => problems;

    /// <summary>Names every key that <paramref name="known"/> does not have. Remarks are welcome anywhere: <c>comment</c>, and keys that begin with _.</summary>
    public void Keys(JsonPart part, string path, ReadOnlySpan<string> known, string what)
    {
        foreach (var member in part.Members)
        {
            if (member.Name is "comment" or ['_', ..] || known.Contains(member.Name)) continue;
            var likely = problems.IsFull ? "" : Likely(member.Name, known) is { } near ? $"; did you mean \"{near}\"?" : $"; known are {string.Join(", ", known!)}";
            problems.Add(SceneRule.KeyUnknown, SceneJson.Join(path, member.Name), member.Line, $"{what} has no key \"{PrintableText.Of(member.Name)}\"{likely}");
        }
    }

    public JsonPart? Required(JsonPart part, string path, string name, string what)
    {
        if (part[name] is { } value) return value;
        problems.Add(SceneRule.KeyMissing, path, part.Line, $"{what} needs \"{name}\"");
        return null;
    }

    public bool Is(JsonPart? part, JsonKind kind, string path, string wanted)
    {
        if (part is null) return false;
        if (part.Kind == kind) return true;
        problems.Add(SceneRule.WrongType, path, part.Line, $"{Found(part)} stands where {wanted} is wanted");
        return false;
    }

    public string? Text(JsonPart? part, string path) => Is(part, JsonKind.Text, path, "text in quotes") ? part!.Text : null;

    /// <summary>Text that names something: not empty, one line, not a novel.</summary>
    public string? Name(JsonPart? part, string path)
    {
        if (Text(part, path) is not { } name) return null;
        return IsName(name, path, part!.Line) ? name : null;
    }

    public bool IsName(string name, string path, int line)
    {
        var wrong = string.IsNullOrWhiteSpace(name) ? "is empty" : name.Length > SceneLimits.NameCharsMax ? $"is longer than {SceneLimits.NameCharsMax} characters"
            : name.Any(char.IsControl) ? "has control characters in it" : null;
        if (wrong is null) return true;
        problems.Add(SceneRule.WrongValue, path, line, $"the name \"{PrintableText.Of(name)}\" {wrong}");
        return false;
    }

    public IReadOnlyList<JsonPart> Items(JsonPart? part, string path, string wanted) => Is(part, JsonKind.List, path, wanted) ? part!.Items : [];

    /// <summary>Seconds from zero to a week, to the tenth of a microsecond.</summary>
    public TimeSpan? Seconds(JsonPart? part, string path)
    {
        if (!Is(part, JsonKind.Number, path, "a number of seconds")) return null;
        var isRead = double.TryParse(part!.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var rough) && double.IsFinite(rough);
        var wrong = !isRead || rough > SceneLimits.TimeMax.TotalSeconds ? $"is more than a week ({SceneLimits.TimeMax.TotalSeconds:0} s)" : rough < 0 ? "is before its beginning" : null;
        if (wrong is not null)
        {
            problems.Add(SceneRule.WrongValue, path, part.Line, $"{PrintableText.Of(part.Text)} s {wrong}");
            return null;
        }

        // Decimal, so that 0.1 is a tenth; what is too small for it is zero.
        var exact = decimal.TryParse(part.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) ? seconds : (decimal)rough;
        return TimeSpan.FromTicks((long)decimal.Round(exact * TimeSpan.TicksPerSecond));
    }

    /// <summary>One action; <paramref name="path"/> is its place, <paramref name="owner"/> what its keys are named after.</summary>
    public SceneAction? Action(JsonPart part, string path, ReadOnlySpan<string> keys, string owner)
    {
        if (!Is(part, JsonKind.Object, path, "an action ({...})")) return null;
        Keys(part, path, keys, owner);
        CountAction(path, part.Line);
        var word = Text(Required(part, path, "action", owner), SceneJson.Join(path, "action"));
        var kind = word switch
        {
            "mqtt" => ActionKind.Mqtt,
            "audio" => ActionKind.Audio,
            "video" => ActionKind.Video,
            "record" => ActionKind.Record,
            _ => (ActionKind?)null,
        };
        if (word is not null && kind is null)
        {
            var hint = word == "image" ? "; a picture is shown by video with PLAY_VIDEO:file" : "";
            problems.Add(SceneRule.WordUnknown, SceneJson.Join(path, "action"), part["action"]!.Line, $"\"{PrintableText.Of(word)}\" is no action; there are mqtt, audio, video and record{hint}");
        }

        var topic = part["topic"] is { } topicPart ? Text(topicPart, SceneJson.Join(path, "topic")) : null;
        if (kind == ActionKind.Mqtt && Required(part, path, "topic", "an mqtt action") is { } where && topic is not null) IsTopic(topic, SceneJson.Join(path, "topic"), where.Line);
        if (part["retain"] is { } retain && Is(retain, JsonKind.Boolean, SceneJson.Join(path, "retain"), "true or false") && retain.Text == "true")
            problems.Add(SceneRule.RetainIgnored, SceneJson.Join(path, "retain"), retain.Line, "retain is never applied: a retained command would switch the device on again when it restarts");
        var message = Message(Required(part, path, "message", owner), SceneJson.Join(path, "message"));
        if (kind is not { } known || message is null) return null;
        CheckWords(known, message, part["message"]!, SceneJson.Join(path, "message"));
        return new SceneAction { Kind = known, Topic = topic, Message = message, Path = path, Line = part.Line };
    }

    public void CountAction(string path, int line)
    {
        if (++_actions == SceneLimits.ActionsMax + 1) problems.Add(SceneRule.TooMany, path, line, $"a scene has at most {SceneLimits.ActionsMax} actions");
    }

    public void CountTransition(string path, int line)
    {
        if (++_transitions == SceneLimits.TransitionsMax + 1) problems.Add(SceneRule.TooMany, path, line, $"a scene has at most {SceneLimits.TransitionsMax} transitions");
    }

    /// <summary>R16: text as it is, numbers as their digits stand in the file, <c>true</c> and <c>false</c>.</summary>
    public string? Message(JsonPart? part, string path)
    {
        if (part is null) return null;
        if (part.Kind is not (JsonKind.Text or JsonKind.Number or JsonKind.Boolean))
        {
            problems.Add(SceneRule.WrongType, path, part.Line, $"{Found(part)} stands where text, a number, true or false is wanted");
            return null;
        }

        var bytes = Encoding.UTF8.GetByteCount(part.Text);
        if (bytes > 0 && bytes <= SceneLimits.MessageBytesMax) return part.Text;
        problems.Add(SceneRule.BadMessage, path, part.Line, bytes == 0 ? "the message is empty" : $"the message has {bytes} bytes; at most {SceneLimits.MessageBytesMax} are sent");
        return null;
    }

    public bool IsTopic(string topic, string path, int line)
    {
        var wrong = topic.Length == 0 ? "is empty"
            : topic.AsSpan().ContainsAny('+', '#') ? "has a wildcard; topics of scenes are exact"
            : topic.Any(char.IsControl) ? "has control characters in it"
            : topic[0] is '$' or '/' || topic[^1] == '/' || topic.Contains("//", StringComparison.Ordinal) ? "begins with $ or has an empty level"
            : Encoding.UTF8.GetByteCount(topic) > SceneLimits.TopicBytesMax ? $"is longer than {SceneLimits.TopicBytesMax} bytes" : null;
        if (wrong is null)
        {
            if (topic.Trim() != topic) problems.Add(SceneRule.OuterSpace, path, line, $"the topic \"{PrintableText.Of(topic)}\" begins or ends with a space, which is part of it");
            return true;
        }

        problems.Add(SceneRule.BadTopic, path, line, $"the topic \"{PrintableText.Of(topic)}\" {wrong}");
        return false;
    }

    public void CheckWords(ActionKind kind, string message, JsonPart part, string path)
    {
        if (message.Trim() != message) problems.Add(SceneRule.OuterSpace, path, part.Line, $"the message \"{PrintableText.Of(message)}\" begins or ends with a space or a line end, which is part of it");
        if (kind == ActionKind.Mqtt)
        {
            if (part.Kind == JsonKind.Boolean) problems.Add(SceneRule.BooleanMessage, path, part.Line, $"{message} is sent as the text {message}; switches want \"ON\" or \"OFF\"");
            return;
        }

        if (kind == ActionKind.Record)
        {
            if (message is not ("start" or "stop")) problems.Add(SceneRule.WordUnknown, path, part.Line, $"\"{PrintableText.Of(message)}\" is no word of record; there are start and stop");
            return;
        }

        var isUnderstood = PlayedFile.TryRead(kind, message, out var file, out _, out var problem);
        if (!isUnderstood) problems.Add(SceneRule.MediaWords, path, part.Line, problem!);
        if (file is not null) IsMediaName(file, path, part.Line);
    }

    public void IsMediaName(string file, string path, int line)
    {
        if (MediaFolder.ProblemOf(file) is { } problem) problems.Add(SceneRule.LeavesFolder, path, line, problem);
    }

    /// <summary>The known word that is a slip of the keyboard away. Bounded in length, so that a file of slips costs no time.</summary>
    public static string? Likely(string word, ReadOnlySpan<string> known)
    {
        if (word.Length > 40) return null;
        foreach (var candidate in known)
        {
            if (Math.Abs(candidate.Length - word.Length) > 2) continue;
            if (string.Equals(candidate, word, StringComparison.OrdinalIgnoreCase) || Distance(candidate, word) <= (candidate.Length > 4 ? 2 : 1)) return candidate;
        }

        return null;
    }

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }

    private static string Found(JsonPart part) => part.Kind switch
    {
        JsonKind.Object => "an object ({...})",
        JsonKind.List => "a list ([...])",
        JsonKind.Text => $"the text \"{PrintableText.Of(part.Text)}\"",
        JsonKind.Number => $"the number {PrintableText.Of(part.Text)}",
        _ => part.Text,
    };
}
