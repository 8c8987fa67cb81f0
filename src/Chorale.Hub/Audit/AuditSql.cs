using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Audit;

/// <summary>The table <c>audit</c>.</summary>
internal static class AuditSql
{
    public static void Insert(SqliteConnection c, AuditEntry e) => c.Execute(
        """
        INSERT INTO audit (ts_us, who, role, address, action, target, detail, outcome, status)
        VALUES (@TsUs, @Who, @Role, @Address, @Action, @Target, @Detail, @Outcome, @Status)
        """,
        e);

    public static IReadOnlyList<AuditEntry> Read(SqliteConnection c, AuditQuery q) => c.Query<Row>(
        """
        SELECT audit_id AS Id, ts_us AS TsUs, who AS Who, role AS Role, address AS Address, action AS Action, target AS Target, detail AS Detail, outcome AS Outcome, status AS Status
        FROM audit WHERE (@Before IS NULL OR audit_id < @Before) AND (@Who IS NULL OR who = @Who) AND (@Action IS NULL OR action = @Action)
        AND (@like IS NULL OR who LIKE @like ESCAPE '\' OR action LIKE @like ESCAPE '\' OR target LIKE @like ESCAPE '\' OR detail LIKE @like ESCAPE '\' OR address LIKE @like ESCAPE '\')
        ORDER BY audit_id DESC LIMIT @Limit
        """,
        new { q.Before, q.Limit, q.Who, q.Action, like = q.Text is { } t ? "%" + t.Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_") + "%" : null })
        .Select(r => new AuditEntry(r.Id, r.TsUs, r.Who, r.Role, r.Address, r.Action, r.Target, r.Detail, r.Outcome, (int)r.Status)).ToList();

    public static void DeleteOver(SqliteConnection c, long olderUs, int rowsMax)
    {
        c.Execute("DELETE FROM audit WHERE audit_id <= (SELECT max(audit_id) FROM audit) - @rowsMax", new { rowsMax });
        c.Execute("DELETE FROM audit WHERE audit_id < (SELECT coalesce(min(audit_id), 0) FROM audit WHERE ts_us >= @olderUs) OR NOT EXISTS (SELECT 1 FROM audit WHERE ts_us >= @olderUs)", new { olderUs });
    }

    private sealed record Row
    {
        public required long Id { get; init; }
        public required long TsUs { get; init; }
        public required string Who { get; init; }
        public string? Role { get; init; }
        public required string Address { get; init; }
        public required string Action { get; init; }
        public required string Target { get; init; }
        public required string Detail { get; init; }
        public required string Outcome { get; init; }
        public required long Status { get; init; }
    }
}
