using Chorale.Protocol;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Access;

/// <summary>Somebody who is logged in in a browser.</summary>
/// <param name="Hash">Of the cookie: names the session here.</param>
/// <param name="UserId">Null: an operator's credential.</param>
internal sealed record Session(string Hash, string Name, Role Role, string? UserId);

/// <summary>Logins of browsers: 30 days at most, 12 hours without a page open. Asked of the file each time: an ended one ends at once, whichever process ended it.</summary>
internal sealed class Sessions(AccessFile file, TimeProvider time)
{
    public static readonly TimeSpan IdleMax = TimeSpan.FromHours(12);
    public static readonly TimeSpan LifeMax = TimeSpan.FromDays(30);

    /// <summary>That somebody was here is written this often at most.</summary>
    private static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(1);

    private long _writeAgainUs;

    private long NowUs => WallTime.ToMicroseconds(time.GetUtcNow());

    /// <returns>The cookie, which is nowhere else.</returns>
    public string Begin(User user) => Begin(user.Id, null);

    /// <summary>Of an operator's credential.</summary>
    public string Begin(Credential credential) => Begin(null, credential.Id);

    private string Begin(string? userId, string? credentialId)
    {
        var cookie = Secrets.Create("session");
        var now = NowUs;
        file.Write(c =>
        {
            SessionSql.DeleteOver(c, now - (long)IdleMax.TotalMicroseconds, now - (long)LifeMax.TotalMicroseconds);
            SessionSql.Insert(c, Secrets.Hash(cookie), userId, credentialId, now);
            if (userId is not null) UserSql.Seen(c, userId, now);
        });
        return cookie;
    }

    public Session? Find(string cookie) => FindByHash(Secrets.Hash(cookie));

    public Session? FindByHash(string hash)
    {
        var now = NowUs;
        if (file.Read(c => SessionSql.Find(c, hash)) is not { } row) return null;
        if (now - row.SeenUs >= IdleMax.TotalMicroseconds || now - row.CreatedUs >= LifeMax.TotalMicroseconds) return null;
        if (now - row.SeenUs >= SeenEvery.TotalMicroseconds && now >= Volatile.Read(ref _writeAgainUs)) Seen(hash, row.UserId, now);

        return new Session(hash, row.Name, row.UserId is null ? Role.Technician : Enum.Parse<Role>(row.Role, ignoreCase: true), row.UserId);
    }

    /// <summary>A disk that is full or failing keeps nobody from STOP: it is tried again in a minute.</summary>
    private void Seen(string hash, string? userId, long now)
    {
        try
        {
            file.Write(c =>
            {
                SessionSql.Seen(c, hash, now);
                if (userId is not null) UserSql.Seen(c, userId, now);
            });
        }
        catch (SqliteException)
        {
            Volatile.Write(ref _writeAgainUs, now + (long)SeenEvery.TotalMicroseconds);
        }
    }

    public void End(string hash) => file.Write(c => SessionSql.Delete(c, hash));
}

/// <summary>The table <c>sessions</c>.</summary>
internal static class SessionSql
{
    /// <summary>Only of who may still come in.</summary>
    public static SessionRow? Find(SqliteConnection c, string hash) => c.QueryFirstOrDefault<SessionRow>(
        """
        SELECT coalesce(u.user_name, k.subject) AS Name, coalesce(u.role, 'technician') AS Role, u.user_id AS UserId, s.created_us AS CreatedUs, s.seen_us AS SeenUs
        FROM sessions s LEFT JOIN users u ON u.user_id = s.user_id AND u.is_enabled = 1
        LEFT JOIN credentials k ON k.credential_id = s.credential_id AND k.revoked_us IS NULL AND k.kind = 'operator'
        WHERE s.session_sha256 = @hash AND (u.user_id IS NOT NULL OR k.credential_id IS NOT NULL)
        """,
        new { hash });

    public static void Insert(SqliteConnection c, string hash, string? userId, string? credentialId, long nowUs) => c.Execute(
        "INSERT INTO sessions (session_sha256, user_id, credential_id, created_us, seen_us) VALUES (@hash, @userId, @credentialId, @nowUs, @nowUs)", new { hash, userId, credentialId, nowUs });

    public static void Seen(SqliteConnection c, string hash, long nowUs) => c.Execute("UPDATE sessions SET seen_us = @nowUs WHERE session_sha256 = @hash", new { hash, nowUs });

    public static void Delete(SqliteConnection c, string hash) => c.Execute("DELETE FROM sessions WHERE session_sha256 = @hash", new { hash });

    public static void EndOf(SqliteConnection c, string userId, string? kept = null) =>
        c.Execute("DELETE FROM sessions WHERE user_id = @userId AND session_sha256 IS NOT @kept", new { userId, kept });

    public static void DeleteOver(SqliteConnection c, long seenBeforeUs, long createdBeforeUs) =>
        c.Execute("DELETE FROM sessions WHERE seen_us <= @seenBeforeUs OR created_us <= @createdBeforeUs", new { seenBeforeUs, createdBeforeUs });
}

/// <summary>A session with whose it is.</summary>
internal sealed record SessionRow
{
    public required string Name { get; init; }
    public required string Role { get; init; }
    public string? UserId { get; init; }
    public required long CreatedUs { get; init; }
    public required long SeenUs { get; init; }
}
