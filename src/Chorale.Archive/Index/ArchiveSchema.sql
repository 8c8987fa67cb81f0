-- The hub's index of its archive. Files are the truth: `chorale archive check --repair` rebuilds chunks from them.
-- Times are microseconds since 1970-01-01 UTC (…_us), booleans 0/1.

CREATE TABLE recorders (
    recorder_id    TEXT PRIMARY KEY,             -- [A-Za-z0-9_-]{1,64}; for an Ingest-API device its device_id
    name           TEXT,                         -- shown to people; NULL = recorder_id
    point_id       TEXT,                         -- UUID text, Ingest API only
    register_id    TEXT,                         -- UUID text, Ingest API only
    first_seen_us  INTEGER NOT NULL,
    last_seen_us   INTEGER NOT NULL,             -- receipt of its last chunk
    last_header    TEXT                          -- JSON of the last Chorale-Chunk header; NULL for foreign clients
) STRICT;

CREATE TABLE chunks (
    chunk_id       TEXT PRIMARY KEY,             -- UUID text
    recorder_id    TEXT NOT NULL REFERENCES recorders(recorder_id),
    run_id         TEXT,                         -- UUID text; NULL for foreign clients
    number         INTEGER,                      -- in its run, from 0
    first_frame    INTEGER,                      -- in its run, at rate_hz
    frames         INTEGER NOT NULL,             -- at rate_hz
    rate_hz        INTEGER NOT NULL,             -- captured rate; 48000 for foreign Opus
    channels       INTEGER NOT NULL,
    codec          TEXT NOT NULL CHECK (codec IN ('opus', 'flac', 'wav')),
    start_us       INTEGER NOT NULL,
    end_us         INTEGER NOT NULL CHECK (end_us >= start_us), -- start + what the file really holds
    uncertainty_us REAL,
    rate_ppm       REAL,
    path           TEXT NOT NULL UNIQUE,         -- relative to the archive folder: audio/<point>/<register>/<date>/<hour>/chunk_<ts>_<id>.ogg
    size_bytes     INTEGER NOT NULL,
    sha256         TEXT NOT NULL,                -- lower-case hex of the file as received
    received_us    INTEGER NOT NULL,
    idempotency_key TEXT,                        -- as the client sent it
    label          TEXT,                         -- NULL = as it should be; else what examination found, in words
    levels         TEXT,                         -- JSON of ChunkLevels
    source_id      TEXT                          -- Mycelia source file id (24 hex)
) STRICT;

CREATE INDEX chunks_by_time ON chunks (recorder_id, start_us);
CREATE UNIQUE INDEX chunks_by_identity ON chunks (recorder_id, run_id, number) WHERE run_id IS NOT NULL;
CREATE INDEX chunks_by_content ON chunks (recorder_id, sha256);
CREATE INDEX chunks_by_receipt ON chunks (start_us);

CREATE TABLE gaps (
    recorder_id    TEXT NOT NULL REFERENCES recorders(recorder_id),
    from_us        INTEGER NOT NULL,
    to_us          INTEGER NOT NULL,
    frames         INTEGER NOT NULL,
    cause          TEXT NOT NULL,                -- GapCauses.ToText
    PRIMARY KEY (recorder_id, from_us, cause)
) STRICT, WITHOUT ROWID;

CREATE TABLE peaks (                             -- drawn by the page; computed once at ingest
    chunk_id       TEXT PRIMARY KEY REFERENCES chunks(chunk_id) ON DELETE CASCADE,
    per_second     INTEGER NOT NULL,             -- points per second
    points         BLOB NOT NULL                 -- signed bytes, min and max per point, -127..127
) STRICT;

CREATE TABLE refused (                           -- what was not taken, for the operator
    at_us          INTEGER NOT NULL,
    recorder_id    TEXT,
    reason         TEXT NOT NULL,
    size_bytes     INTEGER NOT NULL
) STRICT;
