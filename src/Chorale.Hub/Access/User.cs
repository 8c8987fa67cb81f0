namespace Chorale.Hub.Access;

/// <summary>A person, without a password.</summary>
/// <param name="Version">Rises with each change.</param>
/// <param name="Logins">Browsers in which the person is logged in now.</param>
public sealed record User(string Id, string Name, Role Role, bool IsEnabled, long Version, DateTimeOffset CreatedAt, DateTimeOffset? SeenAt, int Logins)
{
    public const int NameCharsMax = 64;

    /// <summary>Null for a name that can be used, else what is wrong and what is allowed.</summary>
    public static string? NameProblem(string? name) =>
        name is not { Length: > 0 and <= NameCharsMax } || name.Trim() != name || name.Any(c => char.IsControl(c) || c == ':')
        || name.EnumerateRunes().Any(r => r.Value is 0xFFFD or (>= 0x200B and <= 0x200F) or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) or 0xFEFF) // nothing unseen, nothing that turns the line
            ? $"1 to {NameCharsMax} visible characters, without a colon and without blanks at the ends, are allowed" : null;
}

/// <summary>What became of a change to a user.</summary>
internal enum UserChange
{
    Done,
    NotFound,

    /// <summary>Somebody else has changed it since; the answer has what it is now.</summary>
    Stale,

    /// <summary>Nobody would be left who may administer.</summary>
    LastTechnician,
}
