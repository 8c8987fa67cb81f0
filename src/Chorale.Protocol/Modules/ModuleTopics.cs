namespace Chorale.Protocol.Modules;

/// <summary>The last level, or levels, of a module's topic.</summary>
public enum ModuleTopic
{
    /// <summary>Master to module.</summary>
    Command,

    /// <summary>Module to master, retained; also the Will.</summary>
    Status,
    Response,
    Data,

    /// <summary>Ten times a second while somebody watches.</summary>
    Levels,

    /// <summary>Master to module: <c>{"n":1,"t1":us}</c>.</summary>
    Clock,
    ClockReply,
}

/// <summary>Topics of one module: <c>{base}/{id}/status</c> and its sisters. The base may have any number of levels.</summary>
public sealed record ModuleTopics(string BaseTopic, string ModuleId)
{
    public const string DefaultBase = "rslogger/audio";

    private static readonly string[] Ends = ["command", "status", "response", "data", "levels", "clock", "clock/reply"];

    public string Command => this[ModuleTopic.Command];

    public string Status => this[ModuleTopic.Status];

    public string Response => this[ModuleTopic.Response];

    public string Data => this[ModuleTopic.Data];

    public string Levels => this[ModuleTopic.Levels];

    public string Clock => this[ModuleTopic.Clock];

    public string ClockReply => this[ModuleTopic.ClockReply];

    public string this[ModuleTopic topic] => $"{BaseTopic}/{ModuleId}/{Ends[(int)topic]}";

    /// <summary>The filter under which one kind of message of every module arrives: <c>{base}/+/status</c>.</summary>
    public static string Filter(string baseTopic, ModuleTopic topic) => $"{baseTopic}/+/{Ends[(int)topic]}";

    /// <summary>False for whatever is not a topic of a module under this base. The id is what stands there: check it before it goes anywhere.</summary>
    public static bool TryParse(string baseTopic, string topic, out string moduleId, out ModuleTopic kind)
    {
        (moduleId, kind) = ("", default);
        if (!topic.StartsWith(baseTopic, StringComparison.Ordinal) || topic.Length <= baseTopic.Length || topic[baseTopic.Length] != '/') return false;
        var rest = topic[(baseTopic.Length + 1)..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0) return false;
        var end = Array.IndexOf(Ends, rest[(slash + 1)..]);
        if (end < 0) return false;
        (moduleId, kind) = (rest[..slash], (ModuleTopic)end);
        return true;
    }

    /// <summary>Null for a base topic that can be published to; else what is wrong with it.</summary>
    public static string? BaseProblem(string baseTopic)
    {
        if (baseTopic.Length is 0 or > 200) return $"topic \"{baseTopic}\": 1 to 200 characters are allowed";
        if (baseTopic.AsSpan().IndexOfAny("+#\0") >= 0) return $"topic \"{baseTopic}\": no wildcard is allowed";
        return baseTopic.StartsWith('/') || baseTopic.EndsWith('/') || baseTopic.StartsWith('$')
            ? $"topic \"{baseTopic}\": levels joined by /, none at its ends, are allowed"
            : null;
    }
}
