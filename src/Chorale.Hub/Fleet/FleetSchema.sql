-- fleet.db: what the hub knew of its modules, commands and sessions when it last wrote. Times are microseconds since 1970 UTC.
-- Nothing here proves that a module lives; it says what was last heard.

CREATE TABLE modules (
    module_id    TEXT PRIMARY KEY,      -- level of the topic, 1 to 64 of [A-Za-z0-9_-]
    last_seen_us INTEGER,               -- hub's clock at its last message; NULL = only retained messages
    session      INTEGER,               -- of the module, rises at each of its starts; NULL = it numbers none
    presence     TEXT NOT NULL,         -- as believed when written: unknown, online, late, lost, offline
    status       TEXT,                  -- its last status message, JSON
    clock        TEXT,                  -- its clock as measured, JSON of ClockEstimate
    changed_us   INTEGER NOT NULL
) STRICT;

CREATE TABLE commands (
    command_id TEXT PRIMARY KEY,        -- made by the client: the same id is the same command
    request    TEXT NOT NULL,           -- JSON as posted, without the id
    state      TEXT NOT NULL CHECK (state IN ('running', 'ended')),
    answer     TEXT,                    -- verdicts as JSON once ended
    created_us INTEGER NOT NULL,
    ended_us   INTEGER
) STRICT;
CREATE INDEX commands_by_age ON commands (created_us);

CREATE TABLE sessions (
    session_id TEXT PRIMARY KEY,
    state      TEXT NOT NULL,           -- armed, recording, complete, failed
    manifest   TEXT NOT NULL,           -- JSON
    created_us INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_age ON sessions (created_us);
