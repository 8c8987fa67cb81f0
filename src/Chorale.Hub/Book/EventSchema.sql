-- events.db: what happened, for people who come later. Times are microseconds since 1970 UTC. Worth less than an open hub: a damaged
-- file is set aside and a new one begun.

CREATE TABLE events (
    id      INTEGER PRIMARY KEY,             -- rises by one; pruned from its low end only
    at_us   INTEGER NOT NULL,                -- hub's clock
    level   INTEGER NOT NULL CHECK (level BETWEEN 0 AND 2), -- info, warn, error
    area    TEXT NOT NULL,                   -- fleet, archive, rooms, hub, broker
    subject TEXT,                            -- module, recorder or room; NULL = the hub itself, or many
    event   TEXT NOT NULL,                   -- machine word
    text    TEXT NOT NULL,                   -- for a person
    reason  TEXT,
    by      TEXT,                            -- person or program that wanted it
    count   INTEGER NOT NULL                 -- of this kind within one second
) STRICT;
CREATE INDEX events_by_time ON events (at_us);
CREATE INDEX events_by_subject ON events (subject, id);

CREATE TABLE troubles (                      -- what began and has not ended: Home says since when
    key      TEXT PRIMARY KEY,
    kind     TEXT NOT NULL,
    area     TEXT NOT NULL,
    subject  TEXT,
    detail   TEXT,
    since_us INTEGER NOT NULL,
    last_us  INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    reason   TEXT
) STRICT;
