using Chorale.Protocol;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Access;

/// <summary>The table <c>users</c>.</summary>
internal static class UserSql
{
    private const string Columns = """
        user_id AS Id, user_name AS Name, role AS Role, password_hash AS PasswordHash, is_enabled AS IsEnabled, version AS Version, created_us AS CreatedUs, seen_us AS SeenUs,
        (SELECT count(*) FROM sessions s WHERE s.user_id = users.user_id) AS Logins
        """;

    public static UserRow? Find(SqliteConnection c, string id) => c.QueryFirstOrDefault<UserRow>($"SELECT {Columns} FROM users WHERE user_id = @id", new { id });

    public static UserRow? FindByName(SqliteConnection c, string name) => c.QueryFirstOrDefault<UserRow>($"SELECT {Columns} FROM users WHERE user_name = @name", new { name });

    public static List<UserRow> List(SqliteConnection c) => c.Query<UserRow>($"SELECT {Columns} FROM users ORDER BY user_name").AsList();

    public static bool Any(SqliteConnection c) => c.ExecuteScalar<bool>("SELECT EXISTS (SELECT 1 FROM users)");

    public static bool TryInsert(SqliteConnection c, string id, string name, Role role, string hash, long nowUs) => c.Execute(
        "INSERT INTO users (user_id, user_name, role, password_hash, is_enabled, version, created_us) VALUES (@id, @name, @role, @hash, 1, 1, @nowUs) ON CONFLICT DO NOTHING",
        new { id, name, role = Abilities.Word(role), hash, nowUs }) == 1;

    public static void SetRights(SqliteConnection c, string id, Role role, bool isEnabled) => c.Execute(
        "UPDATE users SET role = @role, is_enabled = @isEnabled, version = version + 1 WHERE user_id = @id", new { id, role = Abilities.Word(role), isEnabled });

    public static void SetPassword(SqliteConnection c, string id, string hash) =>
        c.Execute("UPDATE users SET password_hash = @hash, version = version + 1 WHERE user_id = @id", new { id, hash });

    public static void Seen(SqliteConnection c, string id, long nowUs) => c.Execute("UPDATE users SET seen_us = @nowUs WHERE user_id = @id", new { id, nowUs });

    public static bool HasOtherTechnician(SqliteConnection c, string id) =>
        c.ExecuteScalar<bool>("SELECT EXISTS (SELECT 1 FROM users WHERE role = 'technician' AND is_enabled = 1 AND user_id <> @id)", new { id });
}

/// <summary>A row as stored.</summary>
internal sealed record UserRow
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string Role { get; init; }
    public required string PasswordHash { get; init; }
    public required long IsEnabled { get; init; }
    public required long Version { get; init; }
    public required long CreatedUs { get; init; }
    public long? SeenUs { get; init; }
    public required long Logins { get; init; }

    public User ToUser() => new(
        Id, Name, Enum.Parse<Role>(Role, ignoreCase: true), IsEnabled != 0, Version, WallTime.FromMicroseconds(CreatedUs),
        SeenUs is { } us ? WallTime.FromMicroseconds(us) : null, (int)Logins);
}
