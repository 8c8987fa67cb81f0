-- Index of the spool. Files are the truth: every table but sources and the rows of files already deleted can be made again from them.
-- Times named *_us are microseconds since 1970-01-01 UTC. Frames are frames at the captured rate. A chunk is in exactly one of
-- audio_chunks, uploaded_chunks, quarantined_chunks, lost_chunks, and keeps its id when it moves.

-- The unsent, oldest id first: SELECT COUNT(*) FROM audio_chunks is the queue. The first six columns carry the names and forms of
-- Mycelia's queue (without its audio_data: the audio is a file in outbox/).
CREATE TABLE audio_chunks(
  id              INTEGER PRIMARY KEY AUTOINCREMENT,          -- order of sending
  timestamp       TEXT    NOT NULL,                           -- time of enqueueing, ISO 8601 with offset
  chunk_number    INTEGER NOT NULL CHECK (chunk_number >= 0), -- number in its run, from 0
  source_file_id  TEXT,                                       -- 24 hex; only where the foreign queue had it
  recording_start TEXT    NOT NULL,                           -- start of its run (Mycelia: of its recording), ISO 8601 with offset
  created_at      TEXT    NOT NULL,                           -- time this row was made, ISO 8601 with offset
  chunk_id        TEXT    NOT NULL UNIQUE,                    -- UUID; derived from run and number where the file is all there is
  file            TEXT    NOT NULL,                           -- name in outbox/
  codec           TEXT    NOT NULL CHECK (codec IN ('opus', 'flac', 'wav')),
  recorder        TEXT    NOT NULL,                           -- recorder id
  run             TEXT    NOT NULL,                           -- UUID of the run of capture
  recording_id    TEXT,                                       -- of a recording somebody asked for
  first_frame     INTEGER NOT NULL CHECK (first_frame >= 0),  -- first frame in its run
  frames          INTEGER NOT NULL CHECK (frames >= 0),       -- frames in the file
  rate_hz         INTEGER NOT NULL CHECK (rate_hz > 0),       -- nominal captured rate
  channels        INTEGER NOT NULL CHECK (channels > 0),
  start_us        INTEGER NOT NULL,                           -- wall time of its first frame
  end_us          INTEGER NOT NULL,                           -- wall time after its last frame
  size_bytes      INTEGER NOT NULL CHECK (size_bytes >= 0),
  sha256          TEXT    NOT NULL,                           -- of the file, lower-case hex
  rate_ppm        REAL,                                       -- device clock against nominal, parts per million
  uncertainty_us  REAL,                                       -- half-width of what is known of start_us
  levels          TEXT,                                       -- JSON of ChunkLevels; null when recovered
  gaps            TEXT,                                       -- JSON array of the gaps directly before it; null = none
  origin          TEXT    NOT NULL,                           -- 'own', 'recovered', 'recorder_agent', 'mycelia'
  attempts        INTEGER NOT NULL DEFAULT 0,                 -- failed sendings
  last_error      TEXT                                        -- why the last one failed
) STRICT;

-- What the server has. file is null once retention has deleted it; the row stays, so that the ledger adds up.
CREATE TABLE uploaded_chunks(
  id              INTEGER PRIMARY KEY,                        -- as in audio_chunks
  timestamp TEXT NOT NULL, chunk_number INTEGER NOT NULL, source_file_id TEXT, recording_start TEXT NOT NULL, created_at TEXT NOT NULL,
  chunk_id TEXT NOT NULL UNIQUE, file TEXT, codec TEXT NOT NULL, recorder TEXT NOT NULL, run TEXT NOT NULL, recording_id TEXT,
  first_frame INTEGER NOT NULL, frames INTEGER NOT NULL, rate_hz INTEGER NOT NULL, channels INTEGER NOT NULL,
  start_us INTEGER NOT NULL, end_us INTEGER NOT NULL, size_bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, rate_ppm REAL,
  uncertainty_us REAL, levels TEXT, gaps TEXT, origin TEXT NOT NULL, attempts INTEGER NOT NULL, last_error TEXT,
  remote_id       TEXT,                                       -- the server's name for it
  moved_us        INTEGER NOT NULL                            -- when the receipt came
) STRICT;

-- What a server refused for good, or what was found damaged; files in quarantine/, never deleted by the program.
CREATE TABLE quarantined_chunks(
  id              INTEGER PRIMARY KEY,
  timestamp TEXT NOT NULL, chunk_number INTEGER NOT NULL, source_file_id TEXT, recording_start TEXT NOT NULL, created_at TEXT NOT NULL,
  chunk_id TEXT NOT NULL UNIQUE, file TEXT, codec TEXT NOT NULL, recorder TEXT NOT NULL, run TEXT NOT NULL, recording_id TEXT,
  first_frame INTEGER NOT NULL, frames INTEGER NOT NULL, rate_hz INTEGER NOT NULL, channels INTEGER NOT NULL,
  start_us INTEGER NOT NULL, end_us INTEGER NOT NULL, size_bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, rate_ppm REAL,
  uncertainty_us REAL, levels TEXT, gaps TEXT, origin TEXT NOT NULL, attempts INTEGER NOT NULL, last_error TEXT,
  reason          TEXT    NOT NULL,                           -- in words
  moved_us        INTEGER NOT NULL                            -- when it was set aside
) STRICT;

-- What was recorded and is gone unsent: deleted by the policy at the free-space floor, or missing from the disk.
CREATE TABLE lost_chunks(
  id              INTEGER PRIMARY KEY,
  timestamp TEXT NOT NULL, chunk_number INTEGER NOT NULL, source_file_id TEXT, recording_start TEXT NOT NULL, created_at TEXT NOT NULL,
  chunk_id TEXT NOT NULL UNIQUE, file TEXT, codec TEXT NOT NULL, recorder TEXT NOT NULL, run TEXT NOT NULL, recording_id TEXT,
  first_frame INTEGER NOT NULL, frames INTEGER NOT NULL, rate_hz INTEGER NOT NULL, channels INTEGER NOT NULL,
  start_us INTEGER NOT NULL, end_us INTEGER NOT NULL, size_bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, rate_ppm REAL,
  uncertainty_us REAL, levels TEXT, gaps TEXT, origin TEXT NOT NULL, attempts INTEGER NOT NULL, last_error TEXT,
  cause           TEXT    NOT NULL,                           -- 'retention', 'damaged'
  moved_us        INTEGER NOT NULL                            -- when it was deleted or found missing
) STRICT;

CREATE INDEX uploaded_chunks_start ON uploaded_chunks(start_us);
CREATE INDEX uploaded_chunks_kept ON uploaded_chunks(start_us) WHERE file IS NOT NULL;
CREATE INDEX quarantined_chunks_start ON quarantined_chunks(start_us);
CREATE INDEX lost_chunks_start ON lost_chunks(start_us);

-- Frames known to be missing, each with its cause.
CREATE TABLE gaps(
  id          INTEGER PRIMARY KEY,
  run         TEXT    NOT NULL DEFAULT '',                    -- UUID of the run it belongs to; '' = to none
  cause       TEXT    NOT NULL,                               -- snake_case of GapCause
  from_us     INTEGER NOT NULL,
  to_us       INTEGER NOT NULL,
  frames      INTEGER NOT NULL CHECK (frames >= 0),           -- 0 where nothing was captured
  first_frame INTEGER,                                        -- its place in the run's count; null = outside the count, or not told
  UNIQUE (from_us, cause, run)                                -- the same gap told twice (a call, a tag) is one gap
) STRICT;

-- Runs of capture: where their first frame lies in time, and how many frames the capture says it delivered.
CREATE TABLE runs(
  run             TEXT    PRIMARY KEY,
  recording_start TEXT    NOT NULL,                           -- ISO 8601 with offset, the same for every chunk of the run
  start_us        INTEGER NOT NULL,
  rate_hz         INTEGER NOT NULL,
  captured_frames INTEGER                                     -- told at the run's end; null = it ended without telling
) STRICT, WITHOUT ROWID;

-- Mycelia's name for a recording, told by its server with the first chunk.
CREATE TABLE sources(
  recording_start TEXT    PRIMARY KEY,                        -- as in audio_chunks
  source_file_id  TEXT    NOT NULL,                           -- 24 hex
  created_us      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
