-- Nodes of rooms as they were last known. Times are microseconds since 1970 UTC.
CREATE TABLE devices (
    device_id TEXT PRIMARY KEY,     -- <id> of devices/<id>/status
    last_seen_us INTEGER,           -- when it was last heard itself; null: only a retained word
    session INTEGER NOT NULL,       -- rises each time it comes back
    period_ms INTEGER,              -- between two of its beats, learned; null: unknown or none
    presence TEXT NOT NULL,         -- when this row was written
    word TEXT,                      -- its last word
    outage_count INTEGER NOT NULL,  -- of those that have ended
    outage_ms INTEGER NOT NULL,     -- their total
    changed_us INTEGER NOT NULL
) STRICT;

CREATE TABLE outages (
    device_id TEXT NOT NULL REFERENCES devices ON DELETE CASCADE,
    start_us INTEGER NOT NULL,
    end_us INTEGER,                 -- null while it lasts
    length_ms INTEGER,              -- by the monotonic clock where one process saw both ends
    PRIMARY KEY (device_id, start_us)
) STRICT, WITHOUT ROWID;
