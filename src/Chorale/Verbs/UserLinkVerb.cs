using System.CommandLine;
using System.Text.Json;
using Chorale.Hub.Access;

namespace Chorale.Verbs;

/// <summary><c>chorale user link</c>: a one-time link to the page, for the first user, an invitation, or a forgotten password.</summary>
internal static class UserLinkVerb
{
    private const int BadInput = 2;

    public static Command Create(Option<string?> data, Option<bool> json)
    {
        var link = new Command("link", "Print a one-time link, good for a day: it makes a user with a role, or sets a new password");
        var role = new Option<Role?>("--role") { Description = "of the user that the link makes: viewer, operator or technician; the first user is a technician" };
        var of = new Option<string?>("--for") { Description = "user who needs a new password", HelpName = "NAME" };
        var url = new Option<string?>("--url") { Description = "address of the page as the person reaches it; else as `chorale hub` listens", HelpName = "URL" };
        foreach (var option in (Option[])[role, of, url]) link.Options.Add(option);
        link.SetAction(parsed =>
        {
            var (output, folder, name) = (parsed.InvocationConfiguration, parsed.GetValue(data), parsed.GetValue(of));
            if (name is not null && parsed.GetValue(role) is not null) return UserVerb.Fail(output, "--role and --for: one of them is allowed; a new password changes no role", BadInput);
            if (parsed.GetValue(url) is { } typed && !(Uri.TryCreate(typed, UriKind.Absolute, out var page) && page.Scheme is "http" or "https"))
                return UserVerb.Fail(output, $"--url {typed}: an address like https://hub.example is allowed", BadInput);
            using var access = TokenVerb.Open(folder);
            string secret;
            if (name is not null)
            {
                if (access.People.FindByName(name) is not { } user) return UserVerb.Unknown(output, name);
                if (access.Links.MakePassword(user.Id, "the command line") is not { } made) return UserVerb.Fail(output, $"{name} is disabled; `chorale user enable {name}` first", BadInput);
                secret = made;
            }
            else if (!access.People.Any)
            {
                if (parsed.GetValue(role) is not (null or Role.Technician)) return UserVerb.Fail(output, $"--role {parsed.GetValue(role)}: the first user is a technician", BadInput);
                secret = access.Links.MakeFirst()!;
            }
            else
            {
                if (parsed.GetValue(role) is not { } wanted) return UserVerb.Fail(output, "--role viewer, operator or technician, or --for NAME, is needed", BadInput);
                secret = access.Links.MakeInvite(wanted, "the command line");
            }

            var found = access.Links.Find(secret)!;
            var address = Base(parsed.GetValue(url)) + Links.Path(secret);
            UserVerb.Note(folder, "link_make", name ?? "", $"{found.Purpose.ToString().ToLowerInvariant()}, {Abilities.Word(found.Role)}, link {found.Id}");
            output.Output.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(new { id = found.Id, purpose = found.Purpose.ToString().ToLowerInvariant(), role = Abilities.Word(found.Role), user = found.UserName, link = address })
                : $"{(found.Purpose == LinkPurpose.Password ? $"A new password for {found.UserName}" : $"A user with the role {Abilities.Word(found.Role)}")}, once, within a day; shown only now:\n{address}");
            return 0;
        });
        return link;
    }

    private static string Base(string? url)
    {
        if (url is not null) return url.TrimEnd('/');
        if (HubVerb.Load(null, new Dictionary<string, IReadOnlyList<string>>()).Settings is not { } settings) return "http://127.0.0.1:8080";
        var listen = settings.Listen[0];
        var host = listen.IsLoopback ? listen.Address.ToString() : Environment.MachineName;
        return $"{(settings.CertificateFile is null || listen.IsPlain ? "http" : "https")}://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{listen.Port}";
    }
}
