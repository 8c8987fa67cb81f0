using Chorale.Mqtt;
using Chorale.Protocol.Chunks;
using Chorale.Protocol.Modules;

namespace Chorale.Hub.Access;

/// <summary>What somebody is at the broker.</summary>
public enum MqttRole
{
    /// <summary>A recorder under the fleet's base topic; the user name is its id.</summary>
    Recorder,

    /// <summary>The hub, or a person's command line: commands everyone, hears everyone.</summary>
    Controller,

    /// <summary>A device of a room.</summary>
    Node,
}

/// <summary>One user of the broker, without a password.</summary>
/// <param name="BaseTopic">Of the modules; for a node its room.</param>
/// <param name="Commands">Node: topics below its room that it obeys. Controller: rooms that it conducts.</param>
/// <param name="Events">Node: topics below its room that it publishes, beside feedback and status.</param>
public sealed record MqttUser(string Name, MqttRole Role, string BaseTopic, IReadOnlyList<string> Commands, IReadOnlyList<string> Events, DateTimeOffset CreatedAt)
{
    /// <summary>Null for a user that can be written into the broker's files, else what is wrong and what is allowed.</summary>
    public string? Problem()
    {
        if (!RecorderId.IsValid(Name)) return $"user \"{Name}\": 1 to 64 of A-Z a-z 0-9 _ - are allowed";
        if (ModuleTopics.BaseProblem(BaseTopic) is { } problem) return problem;
        if (Role == MqttRole.Recorder && Commands.Count + Events.Count > 0) return "commands and events belong to nodes";
        if (Role == MqttRole.Controller && Events.Count > 0) return "events belong to nodes";
        if (Role == MqttRole.Controller && Commands.FirstOrDefault(r => !RecorderId.IsValid(r)) is { } room) return $"room \"{room}\": 1 to 64 of A-Z a-z 0-9 _ - are allowed";
        if (Role == MqttRole.Node && Commands.Count + Events.Count == 0) return "a node obeys commands or has events: name some";
        foreach (var topic in (string[])[BaseTopic, .. Commands, .. Events])
        {
            if (TopicFilter.ProblemOfTopic(topic) is { } wrong) return wrong;
            if (topic.Any(char.IsControl) || topic.Contains(',', StringComparison.Ordinal)) return $"topic \"{topic}\": control characters and commas are not allowed";
            if (topic.Split('/').Any(l => l.Length == 0) || topic[0] == '$') return $"topic \"{topic}\": levels joined by /, none of them empty, are allowed";
        }

        return null;
    }
}
