using Chorale.Protocol;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Access;

/// <summary>What a one-time link is for.</summary>
public enum LinkPurpose
{
    /// <summary>Makes the first user, a technician.</summary>
    First,

    /// <summary>Makes a user with the role it names.</summary>
    Invite,

    /// <summary>Sets a new password for a user.</summary>
    Password,
}

/// <summary>A link that waits to be used, without its secret.</summary>
/// <param name="UserId">Of a new password.</param>
/// <param name="UserName">Of a new password.</param>
public sealed record OneTimeLink(string Id, LinkPurpose Purpose, Role Role, string? UserId, string? UserName, string MadeBy, DateTimeOffset ExpiresAt);

/// <summary>One-time links: a day long, once, stored as hashes. The secret stands after the # of the address, which no browser sends anywhere.</summary>
internal sealed class Links(AccessFile file, TimeProvider time)
{
    public static readonly TimeSpan Life = TimeSpan.FromHours(24);

    private long NowUs => WallTime.ToMicroseconds(time.GetUtcNow());

    /// <summary>Where the page takes it.</summary>
    public static string Path(string secret) => "/#/welcome/" + secret;

    /// <summary>The one that makes the first user; an earlier one ends. Null: there are users.</summary>
    public string? MakeFirst() => file.Write(c =>
    {
        if (UserSql.Any(c)) return null;
        LinkSql.DeleteFirst(c);
        return Insert(c, LinkPurpose.First, Role.Technician, null, "the hub");
    });

    public string MakeInvite(Role role, string by) => file.Write(c => Insert(c, LinkPurpose.Invite, role, null, by));

    /// <summary>An earlier one for this user ends. Null: there is no such user, or it is disabled.</summary>
    public string? MakePassword(string userId, string by) => file.Write(c =>
    {
        if (UserSql.Find(c, userId)?.ToUser() is not { IsEnabled: true } user) return null;
        LinkSql.EndOf(c, userId);
        return Insert(c, LinkPurpose.Password, user.Role, userId, by);
    });

    /// <summary>What this secret is for; null: for nothing, or no longer.</summary>
    public OneTimeLink? Find(string secret) => file.Read(c => Find(c, secret));

    public IReadOnlyList<OneTimeLink> List() => file.Read(c => LinkSql.List(c, NowUs).ConvertAll(r => r.ToLink()));

    public bool Remove(string linkId) => file.Write(c => LinkSql.Delete(c, linkId));

    /// <summary>Uses the link up: it makes the user, or sets the password.</summary>
    /// <param name="secret">Of the link.</param>
    /// <param name="name">Of the new user; ignored for a new password.</param>
    /// <param name="passwordHash">Of the password that was chosen.</param>
    /// <param name="isNameTaken">The link is still good: another name.</param>
    /// <returns>Null: the link is not good any more, or the name is taken.</returns>
    public User? Use(string secret, string name, string passwordHash, out bool isNameTaken)
    {
        var (user, taken) = file.Write(c =>
        {
            if (Find(c, secret) is not { } link) return ((User?)null, false);
            if (link.UserId is { } id)
            {
                UserSql.SetPassword(c, id, passwordHash);
                SessionSql.EndOf(c, id);
                LinkSql.EndOf(c, id);
                return (UserSql.Find(c, id)!.ToUser(), false);
            }

            if (People.TryAdd(c, name, link.Role, passwordHash, NowUs) is not { } made) return (null, true);
            LinkSql.Delete(c, link.Id);
            return (made, false);
        });
        isNameTaken = taken;
        return user;
    }

    private OneTimeLink? Find(SqliteConnection c, string secret) =>
        LinkSql.Find(c, Secrets.Hash(secret), NowUs) is { } row && (row.Purpose != "first" || !(UserSql.Any(c) || CredentialSql.Has(c, CredentialKind.Operator))) ? row.ToLink() : null;

    private string Insert(SqliteConnection c, LinkPurpose purpose, Role role, string? userId, string by)
    {
        var secret = Secrets.Create("link");
        LinkSql.DeleteOver(c, NowUs);
        LinkSql.Insert(c, Secrets.Hash(secret), AccessStore.NewId(), purpose, role, userId, by, NowUs, NowUs + (long)Life.TotalMicroseconds);
        return secret;
    }
}

/// <summary>The table <c>links</c>.</summary>
internal static class LinkSql
{
    private const string Columns = """
        l.link_id AS Id, l.purpose AS Purpose, l.role AS Role, l.user_id AS UserId, (SELECT user_name FROM users u WHERE u.user_id = l.user_id) AS UserName,
        l.made_by AS MadeBy, l.expires_us AS ExpiresUs
        """;

    public static LinkRow? Find(SqliteConnection c, string hash, long nowUs) =>
        c.QueryFirstOrDefault<LinkRow>($"SELECT {Columns} FROM links l WHERE l.link_sha256 = @hash AND l.expires_us > @nowUs", new { hash, nowUs });

    public static List<LinkRow> List(SqliteConnection c, long nowUs) =>
        c.Query<LinkRow>($"SELECT {Columns} FROM links l WHERE l.expires_us > @nowUs ORDER BY l.created_us, l.link_id", new { nowUs }).AsList();

    public static void Insert(SqliteConnection c, string hash, string id, LinkPurpose purpose, Role role, string? userId, string by, long nowUs, long expiresUs) => c.Execute(
        """
        INSERT INTO links (link_sha256, link_id, purpose, role, user_id, made_by, created_us, expires_us)
        VALUES (@hash, @id, @purpose, @role, @userId, @by, @nowUs, @expiresUs)
        """,
        new { hash, id, purpose = purpose.ToString().ToLowerInvariant(), role = Abilities.Word(role), userId, by, nowUs, expiresUs });

    public static bool Delete(SqliteConnection c, string id) => c.Execute("DELETE FROM links WHERE link_id = @id", new { id }) == 1;

    public static void DeleteFirst(SqliteConnection c) => c.Execute("DELETE FROM links WHERE purpose = 'first'");

    public static void DeleteOver(SqliteConnection c, long nowUs) => c.Execute("DELETE FROM links WHERE expires_us <= @nowUs", new { nowUs });

    public static void EndMadeBy(SqliteConnection c, string name) => c.Execute("DELETE FROM links WHERE made_by = @name", new { name });

    public static void EndOf(SqliteConnection c, string userId) => c.Execute("DELETE FROM links WHERE user_id = @userId", new { userId });
}

/// <summary>A row as stored.</summary>
internal sealed record LinkRow
{
    public required string Id { get; init; }
    public required string Purpose { get; init; }
    public required string Role { get; init; }
    public string? UserId { get; init; }
    public string? UserName { get; init; }
    public required string MadeBy { get; init; }
    public required long ExpiresUs { get; init; }

    public OneTimeLink ToLink() => new(
        Id, Enum.Parse<LinkPurpose>(Purpose, ignoreCase: true), Enum.Parse<Role>(Role, ignoreCase: true), UserId, UserName, MadeBy, WallTime.FromMicroseconds(ExpiresUs));
}
