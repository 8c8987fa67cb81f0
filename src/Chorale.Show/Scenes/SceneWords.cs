using System.Globalization;
using System.Text;

namespace Chorale.Show.Scenes;

/// <summary>
/// Every sentence that the check says of a scene file, with named places for what was found. Here and nowhere else, so that a page in
/// another language can have them all; <c>checks</c> in <c>src/web/src/i18n/ru.ts</c> does.
/// </summary>
internal static class SceneWords
{
    public const string FileLong = "is longer than {mib} MiB, the most that is read of a scene";
    public const string FileUtf16 = "is UTF-16; save it as UTF-8";
    public const string FileMark = "begins with a byte order mark; it is skipped here, older controllers refuse the file";
    public const string FileNotUtf8 = "is not UTF-8: byte 0x{byte}; save it as UTF-8";
    public const string FileHalfCharacter = "has half a character in it (a lone \\u surrogate)";
    public const string FileEmpty = "is empty";
    public const string FileNeither = "is neither a scene with states ({...}) nor a list of timestamp, topic and message ([...])";
    public const string NotJsonComma = "is not JSON: a comma stands before the closing bracket";
    public const string NotJsonDeep = "is not JSON: it is nested deeper than {most} levels";
    public const string NotJson = "is not JSON: {why}";
    public const string ValuesMany = "has more than {most} values";
    public const string Deep = "is nested deeper than {most} levels";
    public const string ProblemsMore = "and {count} problems more; begin with the {named} above";

    public const string KeyTwice = "\"{key}\" stands here twice; which one counts cannot be known";
    public const string KeyUnknown = "{what} has no key \"{key}\"; known are {keys}";
    public const string KeyUnknownNear = "{what} has no key \"{key}\"; did you mean \"{near}\"?";
    public const string KeyNotRead = "\"{key}\" is not read; did you mean \"{near}\"?";
    public const string KeyMissing = "{what} needs \"{key}\"";
    public const string KeyIdle = "\"{key}\" does nothing in a transition of type {type}";
    public const string KeyBesideActions = "\"{key}\" beside \"actions\" does nothing; it belongs into one of them";
    public const string WrongType = "{found} stands where {wanted} is wanted";
    public const string ListEmpty = "the list is empty; a scene needs at least one line";
    public const string NoStates = "a scene needs at least one state";
    public const string StatesMany = "a scene has at most {most} states; these are {count}";
    public const string ActionsMany = "a scene has at most {most} actions";
    public const string TransitionsMany = "a scene has at most {most} transitions";

    public const string NameEmpty = "the name \"{name}\" is empty";
    public const string NameLong = "the name \"{name}\" is longer than {most} characters";
    public const string NameControl = "the name \"{name}\" has control characters in it";
    public const string SecondsMany = "{seconds} s is more than a week ({most} s)";
    public const string SecondsNegative = "{seconds} s is before its beginning";
    public const string TopicEmpty = "the topic \"{topic}\" is empty";
    public const string TopicWildcard = "the topic \"{topic}\" has a wildcard; topics of scenes are exact";
    public const string TopicControl = "the topic \"{topic}\" has control characters in it";
    public const string TopicLevels = "the topic \"{topic}\" begins with $ or has an empty level";
    public const string TopicLong = "the topic \"{topic}\" is longer than {most} bytes";
    public const string TopicSpace = "the topic \"{topic}\" begins or ends with a space, which is part of it";
    public const string MessageEmpty = "the message is empty";
    public const string MessageLong = "the message has {bytes} bytes; at most {most} are sent";
    public const string MessageSpace = "the message \"{message}\" begins or ends with a space or a line end, which is part of it";
    public const string MessageBoolean = "{value} is sent as the text {text}; switches want \"ON\" or \"OFF\"";
    public const string AwaitedSpace = "\"{message}\" begins or ends with a space or a line end, which has to come too";

    public const string ActionUnknown = "\"{word}\" is no action; there are mqtt, audio, video and record";
    public const string ActionImage = "\"{word}\" is no action; there are mqtt, audio, video and record; a picture is shown by video with PLAY_VIDEO:file";
    public const string ActionNone = "has neither \"action\" nor \"actions\"";
    public const string ActionBoth = "has both \"action\" and \"actions\"; one of them";
    public const string RecordUnknown = "\"{word}\" is no word of record; there are start and stop";
    public const string RetainIgnored = "retain is never applied: a retained command would switch the device on again when it restarts";
    public const string TypeUnknown = "\"{word}\" is no type of transition; there are {types}";
    public const string TypeUnknownNear = "\"{word}\" is no type of transition; there are {types}; did you mean \"{near}\"?";
    public const string PolicyLoss = "\"{word}\" is no policy; there are continue, stop and hold";
    public const string PolicyFailure = "\"{word}\" is no policy; there are continue, stop and retry N (1 to 10)";
    public const string AnyEnd = "without \"target\" the end of any file is meant, a short effect's too";
    public const string TimeoutAtOnce = "a timeout without \"delay\" is over at once";
    public const string DelayAfterEvent = "the delay counts from the event; older controllers took the transition at once";

    public const string StateUnknown = "there is no state \"{state}\"";
    public const string StateUnknownNear = "there is no state \"{state}\"; did you mean \"{near}\"?";
    public const string Unreachable = "no transition leads to the state \"{state}\"";
    public const string EndHasMore = "END is over after its onEnter; its {key} is never used";
    public const string DeadEnd = "nothing leads out of the state \"{state}\"; the scene stays there until it is stopped";
    public const string CueNeverComes = "never comes: the state is left after {left} s at the latest, this is due at {due} s";
    public const string CueTwice = "the same at the same time as in line {line}";
    public const string NeverTakenSame = "is never taken: {path} waits for the same and stands before it";
    public const string NeverTakenAtOnce = "is never taken: {path} is taken at once and stands before it";
    public const string NeverTakenSooner = "is never taken: {path} is taken at the same time or sooner";
    public const string OwnPublish = "the scene says {topic} {message} itself, and what it says never triggers it; only somebody else's does";
    public const string NoSoundPlayed = "waits for the end of any sound, which the scene never plays";
    public const string NoVideoPlayed = "waits for the end of any video, which the scene never plays";
    public const string TargetNotPlayed = "waits for the end of {file}, which the scene never plays";
    public const string Circle = "{states} goes in circles without time passing; a round takes at least 1 ms";
    public const string CircleOfLoop = "the scene ends at the instant it starts; with \"loop\" it would go in circles without time passing";

    public const string NoPlayer = "the room has no player; this and all other sounds and pictures of the scene stay silent and dark";
    public const string OutsideNotHeard = "\"{topic}\" is outside {room}/; the room does not hear it";
    public const string OutsideOther = "\"{topic}\" is outside {room}/; it is sent, but its device belongs to another room";
    public const string Reserved = "{topic} starts and stops scenes; what a scene says there is sent, and does not act on this room";
    public const string PayloadLong = "the message has {bytes} bytes; the device of {topic} takes {most} and drops what is longer without a word";
    public const string MediaMissing = "\"{file}\" is not in the room's media/{folder}";
    public const string MediaMissingWith = "\"{file}\" is not in the room's media/{folder}, nor with {extensions}";

    // What stands where {what}, {found} and {wanted} are.
    public const string Scene = "a scene";
    public const string State = "a state";
    public const string Action = "an action";
    public const string MqttAction = "an mqtt action";
    public const string TimedAction = "a timed action";
    public const string Transition = "a transition";
    public const string Line = "a line of a list";
    public const string WantText = "text in quotes";
    public const string WantSeconds = "a number of seconds";
    public const string WantMessage = "text, a number, true or false";
    public const string WantYesNo = "true or false";
    public const string WantObject = "an object";
    public const string WantStates = "an object with the states by name";
    public const string WantState = "a state ({...})";
    public const string WantAction = "an action ({...})";
    public const string WantActions = "a list of actions ([...])";
    public const string WantTimedAction = "a timed action ({...})";
    public const string WantTimedActions = "a list of timed actions ([...])";
    public const string WantTransition = "a transition ({...})";
    public const string WantTransitions = "a list of transitions ([...])";
    public const string WantLine = "a line ({timestamp, topic, message})";
    public const string FoundObject = "an object ({...})";
    public const string FoundList = "a list ([...])";
    public const string FoundText = "the text \"{text}\"";
    public const string FoundNumber = "the number {number}";

    /// <summary>The sentence with what was found, in the order of its places.</summary>
    public static string Fill(string words, params ReadOnlySpan<object> values)
    {
        if (values.IsEmpty) return words;
        var text = new StringBuilder();
        var rest = words.AsSpan();
        var next = 0;
        while (Place(rest) is var (from, length) && length > 0)
        {
            text.Append(rest[..from]).Append(CultureInfo.InvariantCulture, $"{values[next++]}");
            rest = rest[(from + length)..];
        }

        return next == values.Length ? text.Append(rest).ToString() : throw new ArgumentException($"\"{words}\" has places for {next} values; these are {values.Length}", nameof(values));
    }

    /// <summary>The next <c>{name}</c>; length 0 = there is none.</summary>
    private static (int From, int Length) Place(ReadOnlySpan<char> words)
    {
        for (var from = words.IndexOf('{'); from >= 0;)
        {
            var name = words[(from + 1)..].IndexOfAnyExceptInRange('a', 'z');
            if (name > 0 && words[from + 1 + name] == '}') return (from, name + 2);
            var further = words[(from + 1)..].IndexOf('{');
            from = further < 0 ? -1 : from + 1 + further;
        }

        return default;
    }
}
