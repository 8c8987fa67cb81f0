-- Who did what, when, and what came of it. A file of its own: it is written with every command, and access.db is watched for changes.

CREATE TABLE audit (
    audit_id       INTEGER PRIMARY KEY AUTOINCREMENT, -- rises; a number missing between two others was deleted by retention from the front, or by hand
    ts_us          INTEGER NOT NULL,             -- microseconds since 1970-01-01 UTC
    who            TEXT NOT NULL,                -- name, or in words who it was as far as is known
    role           TEXT,                         -- NULL = none
    address        TEXT NOT NULL,                -- where it came from
    action         TEXT NOT NULL,                -- a word: room_stop, fleet_start, user_change, login
    target         TEXT NOT NULL,                -- whom or what it was about
    detail         TEXT NOT NULL,                -- what exactly; bounded, without secrets
    outcome        TEXT NOT NULL CHECK (outcome IN ('accepted', 'refused', 'failed')),
    status         INTEGER NOT NULL              -- of the answer; 0 = not by HTTP
) STRICT;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
