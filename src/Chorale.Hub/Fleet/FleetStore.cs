using System.Text.Json;
using Chorale.Fleet;
using Chorale.Fleet.Clock;
using Chorale.Fleet.Sessions;
using Chorale.Protocol;
using Chorale.Protocol.Modules;
using Chorale.Storage;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Fleet;

/// <summary>Registry, commands and sessions in <c>fleet.db</c>. One writing connection behind a lock; a commit that returned is on the disk.</summary>
internal sealed class FleetStore : IDisposable
{
    public const string FileName = "fleet.db";

    /// <summary>Ended commands are kept this long: whoever asks for a verdict later than that has lost interest.</summary>
    private static readonly TimeSpan CommandsKept = TimeSpan.FromDays(7);

    /// <summary>Stands where the word of a command does: its client took it back before it came.</summary>
    public const string Withdrawn = "withdrawn";

    private const string SelectCommand =
        "SELECT command_id AS CommandId, request AS Request, state AS State, answer AS Answer, created_us AS CreatedUs, ended_us AS EndedUs, command AS Command, by_whom AS ByWhom, source AS Source FROM commands";

    private readonly SqliteConnection _connection;
    private readonly Lock _gate = new();

    private FleetStore(SqliteConnection connection) => _connection = connection;

    public WriteTimes Writes { get; } = new();

    public static FleetStore Open(string dataFolder)
    {
        Directory.CreateDirectory(dataFolder);
        var connection = SqliteFile.Open(Path.Combine(dataFolder, FileName));
        try
        {
            SqliteFile.Migrate(connection, [SqliteFile.Script(typeof(FleetStore).Assembly, "FleetSchema.sql"), SqliteFile.Script(typeof(FleetStore).Assembly, "FleetSchema2.sql")]);
            return new FleetStore(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public IReadOnlyList<KnownModule> Modules()
    {
        lock (_gate)
        {
            return [.. _connection.Query<(string Id, long? LastSeenUs, long? Session, string? Status)>("SELECT module_id, last_seen_us, session, status FROM modules")
                .Where(r => ModuleId.IsValid(r.Id))
                .Select(r => new KnownModule(new ModuleId(r.Id), r.LastSeenUs is { } us ? WallTime.FromMicroseconds(us) : null, r.Session, StatusOf(r.Status)))];
        }
    }

    /// <summary>One transaction for all: a fleet of 2,000 changes seventy times a second.</summary>
    public void Save(IReadOnlyCollection<FleetModule> modules, IReadOnlyCollection<SessionManifest> sessions, long nowUs)
    {
        if (modules.Count == 0 && sessions.Count == 0) return;
        lock (_gate)
        {
            using var timed = Writes.Begin();
            using var transaction = _connection.BeginTransaction();
            _connection.Execute(
                """
                INSERT INTO modules (module_id, last_seen_us, session, presence, status, clock, changed_us)
                VALUES (@Id, @LastSeenUs, @Session, @Presence, @Status, @Clock, @nowUs)
                ON CONFLICT DO UPDATE SET last_seen_us = excluded.last_seen_us, session = excluded.session, presence = excluded.presence,
                    status = excluded.status, clock = excluded.clock, changed_us = excluded.changed_us
                """,
                modules.Select(m => new
                {
                    Id = m.Id.Value, LastSeenUs = m.LastSeenAt is { } at ? WallTime.ToMicroseconds(at) : (long?)null, m.Session,
                    Presence = m.Presence.ToString().ToLowerInvariant(), Status = m.Status is { } s ? System.Text.Encoding.UTF8.GetString(s.ToBytes()) : null,
                    Clock = m.Clock is { } c ? JsonSerializer.Serialize(c) : null, nowUs,
                }),
                transaction);
            _connection.Execute(
                """
                INSERT INTO sessions (session_id, state, manifest, created_us) VALUES (@Id, @State, @Manifest, @CreatedUs)
                ON CONFLICT DO UPDATE SET state = excluded.state, manifest = excluded.manifest
                """,
                sessions.Select(s => new
                {
                    Id = s.SessionId, State = s.State.ToString().ToLowerInvariant(), Manifest = s.ToJson(), CreatedUs = WallTime.ToMicroseconds(s.CreatedAt),
                }),
                transaction);
            transaction.Commit();
        }
    }

    public void Forget(ModuleId module)
    {
        lock (_gate) _connection.Execute("DELETE FROM modules WHERE module_id = @id", new { id = module.Value });
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<SessionManifest> Sessions(int limit, bool openOnly = false)
    {
        lock (_gate)
        {
            return [.. _connection.Query<string>(
                "SELECT manifest FROM sessions WHERE @openOnly = 0 OR state IN ('armed', 'recording') ORDER BY created_us DESC, session_id LIMIT @limit", new { openOnly, limit })
                .Select(SessionManifest.Read)];
        }
    }

    public SessionManifest? FindSession(string sessionId)
    {
        lock (_gate)
        {
            return _connection.QuerySingleOrDefault<string>("SELECT manifest FROM sessions WHERE session_id = @sessionId", new { sessionId }) is { } json
                ? SessionManifest.Read(json)
                : null;
        }
    }

    /// <summary>False when there is a command with this id already.</summary>
    public bool TryBegin(string commandId, string request, string command, string? by, string? source, long nowUs)
    {
        lock (_gate)
        {
            _connection.Execute("DELETE FROM commands WHERE created_us < @before", new { before = nowUs - (long)CommandsKept.TotalMicroseconds });
            return _connection.Execute(
                "INSERT INTO commands (command_id, request, state, created_us, command, by_whom, source) VALUES (@commandId, @request, 'running', @nowUs, @command, @by, @source) ON CONFLICT DO NOTHING",
                new { commandId, request, nowUs, command, by, source }) == 1;
        }
    }

    /// <summary>False when there is a command with this id already.</summary>
    public bool TryWithdraw(string commandId, string? by, long nowUs)
    {
        lock (_gate)
        {
            return _connection.Execute(
                "INSERT INTO commands (command_id, request, state, created_us, ended_us, command, by_whom) VALUES (@commandId, '{}', 'ended', @nowUs, @nowUs, @Withdrawn, @by) ON CONFLICT DO NOTHING",
                new { commandId, nowUs, Withdrawn, by }) == 1;
        }
    }

    public void End(string commandId, string answer, long nowUs)
    {
        lock (_gate)
            _connection.Execute("UPDATE commands SET state = 'ended', answer = @answer, ended_us = @nowUs WHERE command_id = @commandId", new { commandId, answer, nowUs });
    }

    public CommandRow? FindCommand(string commandId)
    {
        lock (_gate)
        {
            return _connection.QuerySingleOrDefault<CommandRow>($"{SelectCommand} WHERE command_id = @commandId", new { commandId });
        }
    }

    /// <summary>Newest first, without those that only look.</summary>
    /// <param name="limit">At most so many.</param>
    /// <param name="module">Only those that concern it.</param>
    public IReadOnlyList<CommandRow> Commands(int limit, string? module)
    {
        lock (_gate)
        {
            return [.. _connection.Query<CommandRow>(
                $"""
                {SelectCommand}
                WHERE command NOT IN ('watch', 'status', 'withdrawn') AND (@module IS NULL
                    OR EXISTS (SELECT 1 FROM json_each(answer, '$.results') r WHERE json_extract(r.value, '$.module') = @module)
                    OR (answer IS NULL AND (json_type(request, '$.modules') IS NULL OR json_type(request, '$.modules') = 'null'
                        OR EXISTS (SELECT 1 FROM json_each(request, '$.modules') m WHERE m.value = @module))))
                ORDER BY created_us DESC LIMIT @limit
                """,
                new { limit, module })];
        }
    }

    /// <summary>Commands that were under way when the hub ended: nobody will bring their verdict.</summary>
    public IReadOnlyList<string> Unended()
    {
        lock (_gate) return [.. _connection.Query<string>("SELECT command_id FROM commands WHERE state = 'running'")];
    }

    public void Dispose()
    {
        lock (_gate) _connection.Dispose();
    }

    private static ModuleStatus? StatusOf(string? json) =>
        json is null ? null : ModuleStatus.Read(System.Text.Encoding.UTF8.GetBytes(json), TimeZoneInfo.Utc, out _);

    /// <summary>One row of commands.</summary>
    internal sealed class CommandRow
    {
        public string CommandId { get; init; } = "";

        public string Request { get; init; } = "";

        public string State { get; init; } = "";

        public string? Answer { get; init; }

        public long CreatedUs { get; init; }

        public long? EndedUs { get; init; }

        public string? Command { get; init; }

        public string? ByWhom { get; init; }

        public string? Source { get; init; }
    }
}
