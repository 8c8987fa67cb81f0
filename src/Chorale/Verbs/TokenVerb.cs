using System.CommandLine;
using System.Text.Json;
using Chorale.Hub.Access;
using Chorale.Hub.Settings;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Spectre.Console;

namespace Chorale.Verbs;

/// <summary><c>chorale token add | revoke | ls | mqtt</c>: works on the hub's file of credentials, whether or not the hub runs.</summary>
internal static class TokenVerb
{
    private const int NotFound = 1;
    private const int BadInput = 2;
    private static readonly string[] Columns = ["id", "kind", "name", "created", "revoked"];

    /// <summary>Ids are cut nowhere: the longest row is a UUID and two times.</summary>
    private const int WidthMin = 140;

    public static Command Create()
    {
        var command = new Command("token", "Credentials of recorders, people and programs at the hub");
        var data = new Option<string?>("--data") { Description = "the hub's data folder; else as `chorale hub` finds it", HelpName = "FOLDER", Recursive = true };
        var json = new Option<bool>("--json") { Description = "JSON instead of text", Recursive = true };
        command.Options.Add(data);
        command.Options.Add(json);
        command.Subcommands.Add(Add(data, json));
        command.Subcommands.Add(Revoke(data, json));
        command.Subcommands.Add(List(data, json));
        command.Subcommands.Add(TokenMqttVerb.Create(data, json));
        return command;
    }

    private static Command Add(Option<string?> data, Option<bool> json)
    {
        var add = new Command("add", "Make a credential; its secret is shown once");
        var kind = new Argument<CredentialKind>("kind") { Description = "device, client, operator, admin or internal" };
        var subject = new Argument<string>("name") { Description = "device id, client id, or name of a person or program" };
        var point = new Option<string?>("--point") { Description = "device: point id it must send", HelpName = "UUID" };
        var register = new Option<string?>("--register") { Description = "device: register id it must send", HelpName = "UUID" };
        var zone = new Option<string?>("--zone") { Description = "device: reads its times without a zone", HelpName = "ZONE" };
        var given = new Option<bool>("--secret-stdin") { Description = "take the secret from standard input, to keep one that is in use" };
        add.Arguments.Add(kind);
        add.Arguments.Add(subject);
        foreach (var option in (Option[])[point, register, zone, given]) add.Options.Add(option);
        add.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration;
            var isDevice = parsed.GetValue(kind) == CredentialKind.Device;
            if (Problem(parsed.GetValue(kind), parsed.GetValue(subject)!, parsed.GetValue(point), parsed.GetValue(register), parsed.GetValue(zone)) is { } problem)
                return Fail(output, problem, BadInput);
            var secret = parsed.GetValue(given) ? Console.In.ReadLine()?.Trim() : null;
            if (parsed.GetValue(given) && secret is not { Length: >= 16 }) return Fail(output, "the secret on standard input must have at least 16 characters", BadInput);
            using var access = Open(parsed.GetValue(data));
            var id = isDevice ? Normal(parsed.GetValue(subject))! : parsed.GetValue(subject)!;
            if (isDevice) access.RegisterDevice(id, Normal(parsed.GetValue(point)), Normal(parsed.GetValue(register)), parsed.GetValue(zone));
            if (parsed.GetValue(kind) == CredentialKind.Operator && access.People.FindByName(id) is not null) return Fail(output, $"a user is called \"{id}\": who did what would not be known; a name that no user has is allowed", BadInput);
            IssuedToken token;
            try
            {
                token = secret is null ? access.Issue(parsed.GetValue(kind), id) : access.Issue(parsed.GetValue(kind), id, secret);
            }
            catch (ArgumentException e)
            {
                return Fail(output, e.Message, BadInput);
            }

            UserVerb.Note(parsed.GetValue(data), "token_add", id, $"{Text(token.Kind)}, credential {token.Id}");
            output.Output.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(new { id = token.Id, kind = Text(token.Kind), name = token.Subject, secret = token.Secret })
                : $"{Text(token.Kind)} {token.Subject}, credential {token.Id}. Its secret, shown only now:\n{token.Secret}");
            return 0;
        });
        return add;
    }

    private static Command Revoke(Option<string?> data, Option<bool> json)
    {
        var revoke = new Command("revoke", "End a credential, or all of a device, client or person; holds from the next request on");
        var which = new Argument<string>("which") { Description = "credential id, or name" };
        revoke.Arguments.Add(which);
        revoke.SetAction(parsed =>
        {
            using var access = Open(parsed.GetValue(data));
            var name = parsed.GetValue(which)!;
            var count = access.Revoke(name) + (Normal(name) is { } id && id != name ? access.Revoke(id) : 0);
            if (count > 0) UserVerb.Note(parsed.GetValue(data), "token_revoke", name, $"{count} revoked");
            if (parsed.GetValue(json)) parsed.InvocationConfiguration.Output.WriteLine(JsonSerializer.Serialize(new { revoked = count }));
            else if (count > 0) parsed.InvocationConfiguration.Output.WriteLine($"{count} revoked");
            return count > 0 ? 0 : Fail(parsed.InvocationConfiguration, $"no valid credential is called {name}; `chorale token ls` lists them", NotFound);
        });
        return revoke;
    }

    private static Command List(Option<string?> data, Option<bool> json)
    {
        var list = new Command("ls", "List credentials; secrets are not kept and cannot be shown");
        list.SetAction(parsed =>
        {
            using var access = Open(parsed.GetValue(data));
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                output.WriteLine(JsonSerializer.Serialize(access.List().Select(c => new
                {
                    id = c.Id, kind = Text(c.Kind), name = c.Subject, created_at = WallTime.ToText(c.CreatedAt),
                    revoked_at = c.RevokedAt is { } at ? WallTime.ToText(at) : null,
                })));
                return 0;
            }

            var table = new Table().Border(TableBorder.Simple).AddColumns([.. Columns.Select(c => new TableColumn(c).NoWrap())]);
            foreach (var c in access.List())
                table.AddRow(c.Id, Text(c.Kind), Markup.Escape(c.Subject), $"{c.CreatedAt:yyyy-MM-dd HH:mm}", c.RevokedAt is { } at ? $"{at:yyyy-MM-dd HH:mm}" : "");
            var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
            console.Profile.Width = Math.Max(console.Profile.Width, WidthMin);
            console.Write(table);
            return 0;
        });
        return list;
    }

    private static string? Problem(CredentialKind kind, string subject, string? point, string? register, string? zone)
    {
        if (kind is CredentialKind.Device && !DeviceIds.TryNormalize(subject, out _)) return $"device id \"{subject}\": a UUID or 1 to 64 of A-Z a-z 0-9 _ - is allowed";
        if (kind is CredentialKind.Client && !RecorderId.IsValid(subject)) return $"client id \"{subject}\": 1 to 64 of A-Z a-z 0-9 _ - are allowed";
        if (subject.Length is 0 or > 64 || subject.Contains(':', StringComparison.Ordinal)) return $"name \"{subject}\": 1 to 64 characters without a colon are allowed";
        if (kind is not CredentialKind.Device && (point ?? register ?? zone) is not null) return "--point, --register and --zone belong to devices";
        foreach (var id in new[] { point, register })
        {
            if (id is not null && !DeviceIds.TryNormalize(id, out _)) return $"\"{id}\": a UUID or 1 to 64 of A-Z a-z 0-9 _ - is allowed";
        }

        return zone is null || TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _) ? null : $"zone \"{zone}\": an IANA time zone such as Europe/Berlin is allowed";
    }

    internal static AccessStore Open(string? data) => AccessStore.Open(DataFolder(data), TimeProvider.System);

    /// <summary>The folder that was given, else the hub's own, else that of `chorale up`.</summary>
    internal static string DataFolder(string? data)
    {
        var folder = data ?? HubVerb.Load(null, new Dictionary<string, IReadOnlyList<string>>()).Settings?.DataFolder ?? "chorale-hub";
        const string ofUp = "chorale-data/hub";
        if (data is null && !Directory.Exists(folder) && Directory.Exists(ofUp)) folder = ofUp;
        return folder;
    }

    private static string? Normal(string? id) => id is not null && DeviceIds.TryNormalize(id, out var normal) ? normal : null;

    private static string Text(CredentialKind kind) => kind.ToString().ToLowerInvariant();

    private static int Fail(InvocationConfiguration output, string problem, int code)
    {
        output.Error.WriteLine(problem);
        return code;
    }
}
