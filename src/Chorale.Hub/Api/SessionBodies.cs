using System.Text.Json.Serialization;
using Chorale.Hub.Access;
using Chorale.Protocol;

namespace Chorale.Hub.Api;

/// <summary>Who asks, and what this caller may do.</summary>
/// <param name="User">Null: nobody who has a name.</param>
/// <param name="Role">viewer, operator, technician; null: none.</param>
/// <param name="Can">read, operate, stop, edit_rooms, send_raw, configure, forget, administer.</param>
/// <param name="Via">session, token, open (this machine may, as long as the hub knows nobody), nobody.</param>
/// <param name="Antiforgery">To be sent as X-Chorale-Antiforgery with whatever changes something; null where there is no login of a browser.</param>
/// <param name="IsFirstStart">The hub has neither users nor operators: the link it printed makes the first user.</param>
internal sealed record WhoView(
    [property: JsonPropertyName("user")] string? User, [property: JsonPropertyName("role")] string? Role, [property: JsonPropertyName("can")] IReadOnlyList<string> Can,
    [property: JsonPropertyName("via")] string Via, [property: JsonPropertyName("antiforgery")] string? Antiforgery, [property: JsonPropertyName("first_start")] bool IsFirstStart)
{
    public static WhoView Of(HubParts hub, Caller caller) => new(
        caller.Name, caller.Role is { } role && caller.Kind != CallerKind.Open ? Abilities.Word(role) : null,
        [.. Enum.GetValues<Ability>().Where(a => caller.Kind != CallerKind.Nobody && caller.May(a)).Select(Abilities.Word)],
        caller.Kind.ToString().ToLowerInvariant(), caller.Session is { } session ? hub.Cookies.Antiforgery(session) : null, hub.Callers.IsFirstStart);
}

internal sealed record LoginBody([property: JsonPropertyName("name")] string? Name, [property: JsonPropertyName("password")] string? Password);

internal sealed record PasswordBody([property: JsonPropertyName("old")] string? Old, [property: JsonPropertyName("new")] string? New);

/// <param name="Secret">What stands behind <c>#/welcome/</c>.</param>
/// <param name="Name">Of the user to be made.</param>
internal sealed record WelcomeBody(
    [property: JsonPropertyName("secret")] string? Secret, [property: JsonPropertyName("name")] string? Name, [property: JsonPropertyName("password")] string? Password);

/// <summary>What a one-time link is for.</summary>
/// <param name="Purpose">first, invite, password.</param>
/// <param name="Name">Of whose password it is.</param>
internal sealed record WelcomeView(
    [property: JsonPropertyName("purpose")] string Purpose, [property: JsonPropertyName("role")] string Role, [property: JsonPropertyName("name")] string? Name,
    [property: JsonPropertyName("expires_us")] long ExpiresUs, [property: JsonPropertyName("password_chars_min")] int PasswordCharsMin)
{
    public static WelcomeView Of(OneTimeLink link) => new(
        link.Purpose.ToString().ToLowerInvariant(), Abilities.Word(link.Role), link.UserName, WallTime.ToMicroseconds(link.ExpiresAt), Passwords.CharsMin);
}
