using System.CommandLine;
using System.Text.Json;
using Chorale.Hub.Access;
using Chorale.Mqtt;
using Chorale.Protocol;
using Chorale.Protocol.Modules;

namespace Chorale.Verbs;

/// <summary><c>chorale token mqtt add | revoke | ls | write</c>: users of the broker, and its two files.</summary>
internal static class TokenMqttVerb
{
    private const int NotFound = 1;
    private const int BadInput = 2;

    public static Command Create(Option<string?> data, Option<bool> json)
    {
        var command = new Command("mqtt", "Users of the MQTT broker: each its own password, and rights by its role");
        var files = new Option<string?>("--files")
        {
            Description = $"folder for {MosquittoFiles.PasswordsName} and {MosquittoFiles.AclName}; else `mosquitto` in the hub's data folder", HelpName = "FOLDER", Recursive = true,
        };
        command.Options.Add(files);
        command.Subcommands.Add(Add(data, json, files));
        command.Subcommands.Add(Revoke(data, json, files));
        command.Subcommands.Add(List(data, json));
        command.Subcommands.Add(Rewrite(data, files));
        return command;
    }

    private static Command Add(Option<string?> data, Option<bool> json, Option<string?> files)
    {
        var add = new Command("add", "Make a user; its password is shown once");
        var role = new Argument<MqttRole>("role") { Description = "recorder, controller (the hub, a person's command line) or node (a device of a room)" };
        var name = new Argument<string>("name") { Description = "user name; of a recorder its id" };
        var topic = new Option<string>("--topic") { Description = "recorder, controller: base topic of the modules", HelpName = "TOPIC", DefaultValueFactory = _ => ModuleTopics.DefaultBase };
        var room = new Option<string?>("--room") { Description = "node: its room", HelpName = "TOPIC" };
        var commands = new Option<string?>("--commands") { Description = "node: what it obeys below its room, joined by commas; STOP it obeys in any case", HelpName = "TOPICS" };
        var events = new Option<string?>("--events") { Description = "node: what it may say below its room besides feedback, joined by commas", HelpName = "TOPICS" };
        var rooms = new Option<string?>("--rooms") { Description = "controller: the rooms it conducts, joined by commas", HelpName = "ROOMS" };
        add.Arguments.Add(role);
        add.Arguments.Add(name);
        foreach (var option in (Option[])[topic, room, commands, events, rooms]) add.Options.Add(option);
        add.SetAction(parsed =>
        {
            var console = parsed.InvocationConfiguration;
            var isNode = parsed.GetValue(role) == MqttRole.Node;
            if (isNode != parsed.GetValue(room) is not null) return Fail(console, isNode ? "a node needs --room" : "--room belongs to nodes", BadInput);
            if (isNode && parsed.GetResult(topic) is { Implicit: false }) return Fail(console, "--topic belongs to recorders and controllers; a node has its --room", BadInput);
            if (parsed.GetValue(rooms) is not null && parsed.GetValue(role) != MqttRole.Controller) return Fail(console, "--rooms belongs to controllers; a node has its --room", BadInput);
            if (parsed.GetValue(commands) is not null && !isNode) return Fail(console, "--commands belong to nodes", BadInput);
            var user = new MqttUser(
                parsed.GetValue(name)!, parsed.GetValue(role), isNode ? parsed.GetValue(room)! : parsed.GetValue(topic)!, Split(parsed.GetValue(isNode ? commands : rooms)), Split(parsed.GetValue(events)),
                TimeProvider.System.GetUtcNow());
            if (user.Problem() is { } problem) return Fail(console, problem, BadInput);
            using var access = TokenVerb.Open(parsed.GetValue(data));
            if (access.TryAddMqttUser(user) is not { } password)
                return Fail(console, $"there is a user {user.Name} already; `chorale token mqtt revoke {user.Name}` ends it", BadInput);
            var reload = Write(access, parsed.GetValue(data), parsed.GetValue(files));
            console.Output.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(new { user = user.Name, role = MqttUserText(user.Role), password, files = Folder(parsed.GetValue(data), parsed.GetValue(files)) })
                : $"{MqttUserText(user.Role)} {user.Name}. Its password, shown only now:\n{password}\n{reload}");
            return 0;
        });
        return add;
    }

    private static Command Revoke(Option<string?> data, Option<bool> json, Option<string?> files)
    {
        var revoke = new Command("revoke", "End a user; a connection it has is cut when the broker reads its files again");
        var name = new Argument<string>("name") { Description = "user name" };
        revoke.Arguments.Add(name);
        revoke.SetAction(parsed =>
        {
            var console = parsed.InvocationConfiguration;
            using var access = TokenVerb.Open(parsed.GetValue(data));
            if (!access.RemoveMqttUser(parsed.GetValue(name)!))
                return Fail(console, $"no user of the broker is called {parsed.GetValue(name)}; `chorale token mqtt ls` lists them", NotFound);
            var reload = Write(access, parsed.GetValue(data), parsed.GetValue(files));
            console.Output.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(new { revoked = 1 }) : $"revoked\n{reload}");
            return 0;
        });
        return revoke;
    }

    private static Command List(Option<string?> data, Option<bool> json)
    {
        var list = new Command("ls", "List the users; passwords are not kept and cannot be shown");
        list.SetAction(parsed =>
        {
            using var access = TokenVerb.Open(parsed.GetValue(data));
            var output = parsed.InvocationConfiguration.Output;
            var users = access.MqttUsers().Select(u => u.User).ToList();
            if (parsed.GetValue(json))
            {
                output.WriteLine(JsonSerializer.Serialize(users.Select(u => new
                {
                    user = u.Name, role = MqttUserText(u.Role), topic = u.BaseTopic, commands = u.Commands, events = u.Events, created_at = WallTime.ToText(u.CreatedAt),
                })));
                return 0;
            }

            foreach (var u in users)
                output.WriteLine($"{u.Name,-32} {MqttUserText(u.Role),-10} {u.BaseTopic,-24} {string.Join(',', u.Commands.Concat(u.Events)),-24} {u.CreatedAt:yyyy-MM-dd HH:mm}");
            return 0;
        });
        return list;
    }

    private static Command Rewrite(Option<string?> data, Option<string?> files)
    {
        var write = new Command("write", "Write the broker's two files again, to another folder or after a loss");
        write.SetAction(parsed =>
        {
            using var access = TokenVerb.Open(parsed.GetValue(data));
            parsed.InvocationConfiguration.Output.WriteLine(Write(access, parsed.GetValue(data), parsed.GetValue(files)));
            return 0;
        });
        return write;
    }

    /// <returns>What the person has to do next.</returns>
    private static string Write(AccessStore access, string? data, string? files)
    {
        var folder = Folder(data, files);
        MosquittoFiles.Write(folder, access.MqttUsers());
        return BrokerProcess.TryReload(folder)
            ? $"Written to {folder}; the broker there has been told."
            : $"Written to {folder}; tell the broker to read them: systemctl reload mosquitto";
    }

    private static string Folder(string? data, string? files) => Path.GetFullPath(files ?? Path.Combine(TokenVerb.DataFolder(data), "mosquitto"));

    private static string[] Split(string? text) => (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string MqttUserText(MqttRole role) => role.ToString().ToLowerInvariant();

    private static int Fail(InvocationConfiguration console, string problem, int code)
    {
        console.Error.WriteLine(problem);
        return code;
    }
}
