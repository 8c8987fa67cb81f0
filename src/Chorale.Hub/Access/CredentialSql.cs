using Chorale.Protocol;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Access;

/// <summary>The table <c>credentials</c>.</summary>
internal static class CredentialSql
{
    private const string Columns = "credential_id AS Id, kind AS Kind, subject AS Subject, secret_sha256 AS SecretSha256, created_us AS CreatedUs, revoked_us AS RevokedUs";

    public static CredentialRow? FindByHash(SqliteConnection c, string hash) =>
        c.QueryFirstOrDefault<CredentialRow>($"SELECT {Columns} FROM credentials WHERE secret_sha256 = @hash", new { hash });

    public static List<CredentialRow> List(SqliteConnection c) =>
        c.Query<CredentialRow>($"SELECT {Columns} FROM credentials ORDER BY created_us, credential_id").AsList();

    public static void Insert(SqliteConnection c, string id, CredentialKind kind, string subject, string hash, long nowUs) => c.Execute(
        "INSERT INTO credentials (credential_id, kind, subject, secret_sha256, created_us) VALUES (@id, @kind, @subject, @hash, @nowUs)",
        new { id, kind = ToText(kind), subject, hash, nowUs });

    public static int Revoke(SqliteConnection c, string idOrSubject, long nowUs) => c.Execute(
        "UPDATE credentials SET revoked_us = @nowUs WHERE revoked_us IS NULL AND (credential_id = @idOrSubject OR subject = @idOrSubject)",
        new { idOrSubject, nowUs });

    public static int RevokeOne(SqliteConnection c, string id, long nowUs) =>
        c.Execute("UPDATE credentials SET revoked_us = @nowUs WHERE revoked_us IS NULL AND credential_id = @id", new { id, nowUs });

    public static bool Has(SqliteConnection c, CredentialKind kind) => c.ExecuteScalar<bool>(
        "SELECT EXISTS (SELECT 1 FROM credentials WHERE kind = @kind AND revoked_us IS NULL)", new { kind = ToText(kind) });

    public static bool HadEver(SqliteConnection c, CredentialKind kind) => c.ExecuteScalar<bool>(
        "SELECT EXISTS (SELECT 1 FROM credentials WHERE kind = @kind)", new { kind = ToText(kind) });

    public static bool IsValidSubject(SqliteConnection c, CredentialKind kind, string subject) => c.ExecuteScalar<bool>(
        "SELECT EXISTS (SELECT 1 FROM credentials WHERE subject = @subject AND kind = @kind AND revoked_us IS NULL)", new { subject, kind = ToText(kind) });

    /// <summary>However the name is written.</summary>
    public static bool IsOperator(SqliteConnection c, string subject) => c.ExecuteScalar<bool>(
        "SELECT EXISTS (SELECT 1 FROM credentials WHERE subject = @subject COLLATE NOCASE AND kind = @kind AND revoked_us IS NULL)", new { subject, kind = ToText(CredentialKind.Operator) });

    public static bool IsValid(SqliteConnection c, CredentialKind kind, string subject, string id) => c.ExecuteScalar<bool>(
        "SELECT EXISTS (SELECT 1 FROM credentials WHERE credential_id = @id AND subject = @subject AND kind = @kind AND revoked_us IS NULL)", new { id, subject, kind = ToText(kind) });

    public static string ToText(CredentialKind kind) => kind.ToString().ToLowerInvariant();
}

/// <summary>A row as stored.</summary>
internal sealed record CredentialRow
{
    public required string Id { get; init; }
    public required string Kind { get; init; }
    public required string Subject { get; init; }
    public required string SecretSha256 { get; init; }
    public required long CreatedUs { get; init; }
    public long? RevokedUs { get; init; }

    public Credential ToCredential() => new(
        Id, Enum.Parse<CredentialKind>(Kind, ignoreCase: true), Subject, WallTime.FromMicroseconds(CreatedUs),
        RevokedUs is { } us ? WallTime.FromMicroseconds(us) : null);
}
