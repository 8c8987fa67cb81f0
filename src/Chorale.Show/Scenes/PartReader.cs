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
            var (place, key) = (SceneJson.Join(path, member.Name), PrintableText.Of(member.Name));
            if (!problems.IsFull && Likely(member.Name, known) is { } near) problems.Add(SceneRule.KeyUnknown, place, member.Line, SceneWords.KeyUnknownNear, what, key, near);
            else problems.Add(SceneRule.KeyUnknown, place, member.Line, SceneWords.KeyUnknown, what, key, problems.IsFull ? "" : string.Join(", ", known!));
        }
    }

    public JsonPart? Required(JsonPart part, string path, string name, string what)
    {
        if (part[name] is { } value) return value;
        problems.Add(SceneRule.KeyMissing, path, part.Line, SceneWords.KeyMissing, what, name);
        return null;
    }

    public bool Is(JsonPart? part, JsonKind kind, string path, string wanted)
    {
        if (part is null) return false;
        if (part.Kind == kind) return true;
        problems.Add(SceneRule.WrongType, path, part.Line, SceneWords.WrongType, Found(part), wanted);
        return false;
    }

    public string? Text(JsonPart? part, string path) => Is(part, JsonKind.Text, path, SceneWords.WantText) ? part!.Text : null;

    /// <summary>Text that names something: not empty, one line, not a novel.</summary>
    public string? Name(JsonPart? part, string path)
    {
        if (Text(part, path) is not { } name) return null;
        return IsName(name, path, part!.Line) ? name : null;
    }

    public bool IsName(string name, string path, int line)
    {
        var shown = PrintableText.Of(name);
        if (string.IsNullOrWhiteSpace(name)) problems.Add(SceneRule.WrongValue, path, line, SceneWords.NameEmpty, shown);
        else if (name.Length > SceneLimits.NameCharsMax) problems.Add(SceneRule.WrongValue, path, line, SceneWords.NameLong, shown, SceneLimits.NameCharsMax);
        else if (name.Any(char.IsControl)) problems.Add(SceneRule.WrongValue, path, line, SceneWords.NameControl, shown);
        else return true;
        return false;
    }

    public IReadOnlyList<JsonPart> Items(JsonPart? part, string path, string wanted) => Is(part, JsonKind.List, path, wanted) ? part!.Items : [];

    /// <summary>Seconds from zero to a week, to the tenth of a microsecond.</summary>
    public TimeSpan? Seconds(JsonPart? part, string path)
    {
        if (!Is(part, JsonKind.Number, path, SceneWords.WantSeconds)) return null;
        var isRead = double.TryParse(part!.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var rough) && double.IsFinite(rough);
        if (!isRead || rough > SceneLimits.TimeMax.TotalSeconds)
        {
            problems.Add(SceneRule.WrongValue, path, part.Line, SceneWords.SecondsMany, PrintableText.Of(part.Text), (int)SceneLimits.TimeMax.TotalSeconds);
            return null;
        }

        if (rough < 0)
        {
            problems.Add(SceneRule.WrongValue, path, part.Line, SceneWords.SecondsNegative, PrintableText.Of(part.Text));
            return null;
        }

        // Decimal, so that 0.1 is a tenth; what is too small for it is zero.
        var exact = decimal.TryParse(part.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) ? seconds : (decimal)rough;
        return TimeSpan.FromTicks((long)decimal.Round(exact * TimeSpan.TicksPerSecond));
    }

    /// <summary>One action; <paramref name="path"/> is its place, <paramref name="owner"/> what its keys are named after.</summary>
    public SceneAction? Action(JsonPart part, string path, ReadOnlySpan<string> keys, string owner)
    {
        if (!Is(part, JsonKind.Object, path, SceneWords.WantAction)) return null;
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
            problems.Add(SceneRule.WordUnknown, SceneJson.Join(path, "action"), part["action"]!.Line, word == "image" ? SceneWords.ActionImage : SceneWords.ActionUnknown, PrintableText.Of(word));

        var topic = part["topic"] is { } topicPart ? Text(topicPart, SceneJson.Join(path, "topic")) : null;
        if (kind == ActionKind.Mqtt && Required(part, path, "topic", SceneWords.MqttAction) is { } where && topic is not null) IsTopic(topic, SceneJson.Join(path, "topic"), where.Line);
        if (part["retain"] is { } retain && Is(retain, JsonKind.Boolean, SceneJson.Join(path, "retain"), SceneWords.WantYesNo) && retain.Text == "true")
            problems.Add(SceneRule.RetainIgnored, SceneJson.Join(path, "retain"), retain.Line, SceneWords.RetainIgnored);
        var message = Message(Required(part, path, "message", owner), SceneJson.Join(path, "message"));
        if (kind is not { } known || message is null) return null;
        CheckWords(known, message, part["message"]!, SceneJson.Join(path, "message"));
        return new SceneAction { Kind = known, Topic = topic, Message = message, Path = path, Line = part.Line };
    }

    public void CountAction(string path, int line)
    {
        if (++_actions == SceneLimits.ActionsMax + 1) problems.Add(SceneRule.TooMany, path, line, SceneWords.ActionsMany, SceneLimits.ActionsMax);
    }

    public void CountTransition(string path, int line)
    {
        if (++_transitions == SceneLimits.TransitionsMax + 1) problems.Add(SceneRule.TooMany, path, line, SceneWords.TransitionsMany, SceneLimits.TransitionsMax);
    }

    /// <summary>R16: text as it is, numbers as their digits stand in the file, <c>true</c> and <c>false</c>.</summary>
    public string? Message(JsonPart? part, string path)
    {
        if (part is null) return null;
        if (part.Kind is not (JsonKind.Text or JsonKind.Number or JsonKind.Boolean))
        {
            problems.Add(SceneRule.WrongType, path, part.Line, SceneWords.WrongType, Found(part), SceneWords.WantMessage);
            return null;
        }

        var bytes = Encoding.UTF8.GetByteCount(part.Text);
        if (bytes > 0 && bytes <= SceneLimits.MessageBytesMax) return part.Text;
        if (bytes == 0) problems.Add(SceneRule.BadMessage, path, part.Line, SceneWords.MessageEmpty);
        else problems.Add(SceneRule.BadMessage, path, part.Line, SceneWords.MessageLong, bytes, SceneLimits.MessageBytesMax);
        return null;
    }

    public bool IsTopic(string topic, string path, int line)
    {
        var shown = PrintableText.Of(topic);
        var wrong = topic.Length == 0 ? SceneWords.TopicEmpty
            : topic.AsSpan().ContainsAny('+', '#') ? SceneWords.TopicWildcard
            : topic.Any(char.IsControl) ? SceneWords.TopicControl
            : topic[0] is '$' or '/' || topic[^1] == '/' || topic.Contains("//", StringComparison.Ordinal) ? SceneWords.TopicLevels
            : null;
        if (wrong is not null) problems.Add(SceneRule.BadTopic, path, line, wrong, shown);
        else if (Encoding.UTF8.GetByteCount(topic) > SceneLimits.TopicBytesMax) problems.Add(SceneRule.BadTopic, path, line, SceneWords.TopicLong, shown, SceneLimits.TopicBytesMax);
        else
        {
            if (topic.Trim() != topic) problems.Add(SceneRule.OuterSpace, path, line, SceneWords.TopicSpace, shown);
            return true;
        }

        return false;
    }

    public void CheckWords(ActionKind kind, string message, JsonPart part, string path)
    {
        if (message.Trim() != message) problems.Add(SceneRule.OuterSpace, path, part.Line, SceneWords.MessageSpace, PrintableText.Of(message));
        if (kind == ActionKind.Mqtt)
        {
            if (part.Kind == JsonKind.Boolean) problems.Add(SceneRule.BooleanMessage, path, part.Line, SceneWords.MessageBoolean, message, message);
            return;
        }

        if (kind == ActionKind.Record)
        {
            if (message is not ("start" or "stop")) problems.Add(SceneRule.WordUnknown, path, part.Line, SceneWords.RecordUnknown, PrintableText.Of(message));
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
        JsonKind.Object => SceneWords.FoundObject,
        JsonKind.List => SceneWords.FoundList,
        JsonKind.Text => SceneWords.Fill(SceneWords.FoundText, PrintableText.Of(part.Text)),
        JsonKind.Number => SceneWords.Fill(SceneWords.FoundNumber, PrintableText.Of(part.Text)),
        _ => part.Text,
    };
}
