-- Past runs of scenes. trace.db, one file for all rooms of a hub.

CREATE TABLE runs (
  sequence    INTEGER PRIMARY KEY,          -- rises with every run; the oldest go first
  run_id      TEXT    NOT NULL UNIQUE,
  room        TEXT    NOT NULL,
  scene       TEXT    NOT NULL,             -- name of its file, without .json
  started_by  TEXT    NOT NULL,
  started_us  INTEGER NOT NULL,             -- UTC, microseconds since 1970
  ended_us    INTEGER,                      -- null = it runs
  end_reason  TEXT,
  cues        INTEGER NOT NULL DEFAULT 0,
  failed      INTEGER NOT NULL DEFAULT 0,   -- cues whose verdict was neither confirmed nor simulated
  late_max_us INTEGER NOT NULL DEFAULT 0,
  bytes       INTEGER NOT NULL DEFAULT 0    -- estimate of what its entries take, for the bound on the whole
) STRICT;

CREATE INDEX runs_by_room ON runs (room, sequence);

CREATE TABLE entries (
  sequence   INTEGER NOT NULL REFERENCES runs (sequence) ON DELETE CASCADE,
  number     INTEGER NOT NULL,              -- from 1, within the run
  planned_us INTEGER NOT NULL,              -- since the run's start
  real_us    INTEGER NOT NULL,              -- since the run's start
  kind       TEXT    NOT NULL,
  path       TEXT    NOT NULL,
  what       TEXT    NOT NULL,
  verdict    TEXT,
  reason     TEXT,
  took_us    INTEGER,                       -- from publishing to the verdict
  PRIMARY KEY (sequence, number)
) STRICT, WITHOUT ROWID
