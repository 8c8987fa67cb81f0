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

-- Covering: spans of a day are drawn from the index alone.
CREATE INDEX chunks_by_time ON chunks (recorder_id, start_us, end_us);
CREATE UNIQUE INDEX chunks_by_identity ON chunks (recorder_id, run_id, number) WHERE run_id IS NOT NULL;
CREATE INDEX chunks_by_content ON chunks (recorder_id, sha256);
CREATE INDEX chunks_by_receipt ON chunks (start_us);
CREATE INDEX chunks_by_source ON chunks (source_id) WHERE source_id IS NOT NULL;

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

-- What the triggers below keep, so that long periods and totals cost nothing to ask for. No code writes these two tables;
-- delete and re-insert a chunk, never INSERT OR REPLACE it (which fires no delete trigger).
CREATE TABLE coverage (
    recorder_id    TEXT NOT NULL,
    hour           INTEGER NOT NULL,             -- start of the hour / 3 600 000 000 us
    covered_us     INTEGER NOT NULL,             -- audio in this hour; overlapping chunks count twice, readers clamp
    chunks         INTEGER NOT NULL,             -- that start in this hour
    labelled       INTEGER NOT NULL,             -- of these, with something wrong
    PRIMARY KEY (recorder_id, hour)
) STRICT, WITHOUT ROWID;

CREATE TABLE totals (
    recorder_id    TEXT PRIMARY KEY,
    chunks         INTEGER NOT NULL,
    bytes          INTEGER NOT NULL,
    covered_us     INTEGER NOT NULL,
    longest_us     INTEGER NOT NULL              -- longest chunk there ever was: how far back one may reach into a period
) STRICT, WITHOUT ROWID;

-- A chunk lies in at most 48 hours of the clock; longer ones are refused at ingest.
CREATE TABLE hour_offsets (n INTEGER PRIMARY KEY) STRICT;
WITH RECURSIVE counted(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n < 47)
INSERT INTO hour_offsets SELECT n FROM counted;

CREATE TRIGGER chunk_counted AFTER INSERT ON chunks BEGIN
    INSERT INTO coverage
    SELECT NEW.recorder_id, NEW.start_us / 3600000000 + n,
           MIN(NEW.end_us, (NEW.start_us / 3600000000 + n + 1) * 3600000000) - MAX(NEW.start_us, (NEW.start_us / 3600000000 + n) * 3600000000),
           n = 0, n = 0 AND NEW.label IS NOT NULL
    FROM hour_offsets WHERE n <= MAX(NEW.end_us - 1, NEW.start_us) / 3600000000 - NEW.start_us / 3600000000
    ON CONFLICT (recorder_id, hour) DO UPDATE SET
        covered_us = covered_us + excluded.covered_us, chunks = chunks + excluded.chunks, labelled = labelled + excluded.labelled;
    INSERT INTO totals VALUES (NEW.recorder_id, 1, NEW.size_bytes, NEW.end_us - NEW.start_us, NEW.end_us - NEW.start_us)
    ON CONFLICT (recorder_id) DO UPDATE SET
        chunks = chunks + 1, bytes = bytes + excluded.bytes, covered_us = covered_us + excluded.covered_us,
        longest_us = MAX(longest_us, excluded.longest_us);
END;

CREATE TRIGGER chunk_uncounted AFTER DELETE ON chunks BEGIN
    UPDATE coverage SET
        covered_us = covered_us
            - (MIN(OLD.end_us, (hour + 1) * 3600000000) - MAX(OLD.start_us, hour * 3600000000)),
        chunks = chunks - (hour = OLD.start_us / 3600000000),
        labelled = labelled - (hour = OLD.start_us / 3600000000 AND OLD.label IS NOT NULL)
    WHERE recorder_id = OLD.recorder_id
      AND hour BETWEEN OLD.start_us / 3600000000 AND MIN(MAX(OLD.end_us - 1, OLD.start_us) / 3600000000, OLD.start_us / 3600000000 + 47);
    DELETE FROM coverage WHERE recorder_id = OLD.recorder_id AND chunks = 0 AND covered_us = 0
      AND hour BETWEEN OLD.start_us / 3600000000 AND OLD.end_us / 3600000000;
    UPDATE totals SET chunks = chunks - 1, bytes = bytes - OLD.size_bytes, covered_us = covered_us - (OLD.end_us - OLD.start_us)
    WHERE recorder_id = OLD.recorder_id;
END;

-- What the counting rests on does not change in place; a label may.
CREATE TRIGGER chunk_fixed BEFORE UPDATE OF recorder_id, start_us, end_us, size_bytes ON chunks BEGIN
    SELECT RAISE(ABORT, 'delete the chunk and insert it again');
END;

CREATE TRIGGER chunk_relabelled AFTER UPDATE OF label ON chunks WHEN (OLD.label IS NULL) <> (NEW.label IS NULL) BEGIN
    UPDATE coverage SET labelled = labelled + (NEW.label IS NOT NULL) - (OLD.label IS NOT NULL)
    WHERE recorder_id = NEW.recorder_id AND hour = NEW.start_us / 3600000000;
END;
