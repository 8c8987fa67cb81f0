using System.CommandLine;
using System.Text.Json;
using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Chorale.Protocol;
using Spectre.Console;

namespace Chorale.Verbs;

/// <summary><c>chorale user add | ls | role | password | disable | enable | link</c>: people at the hub, whether or not it runs. Who may write its data folder may do this.</summary>
internal static class UserVerb
{
    private const int NotFound = 1;
    private const int BadInput = 2;
    private const int NotNow = 3;
    private static readonly string[] Columns = ["name", "role", "state", "last here", "logged in"];

    public static Command Create()
    {
        var command = new Command("user", "People at the hub: who may log in on the page, and what they may do there");
        var data = new Option<string?>("--data") { Description = "the hub's data folder; else as `chorale hub` finds it", HelpName = "FOLDER", Recursive = true };
        var json = new Option<bool>("--json") { Description = "JSON instead of text", Recursive = true };
        command.Options.Add(data);
        command.Options.Add(json);
        command.Subcommands.Add(Add(data, json));
        command.Subcommands.Add(List(data, json));
        command.Subcommands.Add(SetRole(data, json));
        command.Subcommands.Add(SetPassword(data, json));
        command.Subcommands.Add(SetEnabled("disable", "End all logins of a user and let it in no more", false, data, json));
        command.Subcommands.Add(SetEnabled("enable", "Let a disabled user in again", true, data, json));
        command.Subcommands.Add(UserLinkVerb.Create(data, json));
        return command;
    }

    private static Command Add(Option<string?> data, Option<bool> json)
    {
        var add = new Command("add", "Make a user; its password is read from the terminal or from the first line of standard input. `user link` lets the person choose it");
        var name = NameArgument();
        var role = new Option<Role>("--role") { Description = "viewer, operator or technician", DefaultValueFactory = _ => Role.Operator };
        add.Arguments.Add(name);
        add.Options.Add(role);
        add.SetAction(parsed =>
        {
            var (output, who) = (parsed.InvocationConfiguration, parsed.GetValue(name)!);
            if (User.NameProblem(who) is { } bad) return Fail(output, $"name \"{who}\": {bad}", BadInput);
            if (ReadPassword(output, who) is not { } password) return BadInput;
            using var access = TokenVerb.Open(parsed.GetValue(data));
            if (access.People.TryAdd(who, parsed.GetValue(role), Passwords.Hash(password)) is not { } made) return Fail(output, $"there is a user {who} already; `chorale user ls` lists them", BadInput);
            Note(parsed.GetValue(data), "user_add", who, $"role {Abilities.Word(made.Role)}");
            Say(output, parsed.GetValue(json), made, $"{made.Name} may log in as {Abilities.Word(made.Role)}");
            return 0;
        });
        return add;
    }

    private static Command List(Option<string?> data, Option<bool> json)
    {
        var list = new Command("ls", "List users");
        list.SetAction(parsed =>
        {
            using var access = TokenVerb.Open(parsed.GetValue(data));
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                output.WriteLine(JsonSerializer.Serialize(access.People.List().Select(Body)));
                return 0;
            }

            var table = new Table().Border(TableBorder.Simple).AddColumns([.. Columns.Select(c => new TableColumn(c).NoWrap())]);
            foreach (var u in access.People.List())
                table.AddRow(Markup.Escape(u.Name), Abilities.Word(u.Role), u.IsEnabled ? "may log in" : "disabled", u.SeenAt is { } at ? $"{at:yyyy-MM-dd HH:mm}" : "never", u.Logins.ToString(System.Globalization.CultureInfo.InvariantCulture));
            AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) }).Write(table);
            return 0;
        });
        return list;
    }

    private static Command SetRole(Option<string?> data, Option<bool> json)
    {
        var command = new Command("role", "Give a user another role; ends all logins of that user");
        var name = NameArgument();
        var role = new Argument<Role>("role") { Description = "viewer, operator or technician" };
        command.Arguments.Add(name);
        command.Arguments.Add(role);
        command.SetAction(parsed => Change(
            parsed.InvocationConfiguration, parsed.GetValue(data), parsed.GetValue(json), parsed.GetValue(name)!, parsed.GetValue(role), null, "user_role", $"role {Abilities.Word(parsed.GetValue(role))}"));
        return command;
    }

    private static Command SetEnabled(string verb, string description, bool isEnabled, Option<string?> data, Option<bool> json)
    {
        var command = new Command(verb, description);
        var name = NameArgument();
        command.Arguments.Add(name);
        command.SetAction(parsed => Change(parsed.InvocationConfiguration, parsed.GetValue(data), parsed.GetValue(json), parsed.GetValue(name)!, null, isEnabled, "user_" + verb, ""));
        return command;
    }

    private static int Change(InvocationConfiguration output, string? data, bool json, string name, Role? role, bool? isEnabled, string action, string detail)
    {
        using var access = TokenVerb.Open(data);
        if (access.People.FindByName(name) is not { } user) return Unknown(output, name);
        switch (access.People.Change(user.Id, null, role, isEnabled, out var now))
        {
            case UserChange.LastTechnician:
                return Fail(output, $"{name} is the last technician who may log in; make another one first: `chorale user link --role technician`", NotNow);
            case UserChange.Done:
                Note(data, action, now!.Name, detail);
                Say(output, json, now, $"{now.Name}: {Abilities.Word(now.Role)}, {(now.IsEnabled ? "may log in" : "disabled")}");
                return 0;
            default:
                return Unknown(output, name);
        }
    }

    private static Command SetPassword(Option<string?> data, Option<bool> json)
    {
        var command = new Command("password", "Set a user's password, read from the terminal or from standard input; ends all logins of that user");
        var name = NameArgument();
        command.Arguments.Add(name);
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration;
            using var access = TokenVerb.Open(parsed.GetValue(data));
            if (access.People.FindByName(parsed.GetValue(name)!) is not { } user) return Unknown(output, parsed.GetValue(name)!);
            if (ReadPassword(output, user.Name) is not { } password) return BadInput;
            access.People.SetPassword(user.Id, Passwords.Hash(password));
            Note(parsed.GetValue(data), "user_password", user.Name, "");
            Say(output, parsed.GetValue(json), access.People.Find(user.Id)!, $"{user.Name} has a new password");
            return 0;
        });
        return command;
    }

    internal static Argument<string> NameArgument() => new("name") { Description = "name of the user" };

    internal static int Unknown(InvocationConfiguration output, string name) => Fail(output, $"there is no user {name}; `chorale user ls` lists them", NotFound);

    /// <summary>What is done here is in the same record as what is done on the page.</summary>
    internal static void Note(string? data, string action, string target, string detail)
    {
        using var audit = AuditLog.OpenToAdd(TokenVerb.DataFolder(data), TimeProvider.System);
        audit.Add($"{Environment.UserName}, command line", action, target, detail);
    }

    internal static int Fail(InvocationConfiguration output, string problem, int code)
    {
        output.Error.WriteLine(problem);
        return code;
    }

    private static void Say(InvocationConfiguration output, bool json, User user, string text) => output.Output.WriteLine(json ? JsonSerializer.Serialize(Body(user)) : text);

    private static object Body(User u) => new
    {
        id = u.Id, name = u.Name, role = Abilities.Word(u.Role), enabled = u.IsEnabled, version = u.Version, created_at = WallTime.ToText(u.CreatedAt), seen_at = u.SeenAt is { } at ? WallTime.ToText(at) : null, logins = u.Logins,
    };

    /// <summary>Null: it cannot be used, and that was said.</summary>
    private static string? ReadPassword(InvocationConfiguration output, string name)
    {
        string? password;
        if (Console.IsInputRedirected)
        {
            password = Console.In.ReadLine();
        }
        else
        {
            output.Error.Write($"Password for {name}: ");
            password = ReadHidden();
            output.Error.WriteLine();
        }

        if (Passwords.Problem(password, name) is not { } problem) return password;
        output.Error.WriteLine($"password: {problem}");
        return null;
    }

    private static string ReadHidden()
    {
        var typed = new System.Text.StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace) typed.Length = Math.Max(0, typed.Length - 1);
            else if (!char.IsControl(key.KeyChar)) typed.Append(key.KeyChar);
        }

        return typed.ToString();
    }
}
