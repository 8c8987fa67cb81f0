-- How loud it was. Made by Peaks/OutlineLoop after the receipt, from the files, and made again from them when it is lost.

DROP TABLE peaks; -- its bytes were linear: a quiet room was a flat line
CREATE TABLE peaks (
    chunk_id       TEXT PRIMARY KEY REFERENCES chunks(chunk_id) ON DELETE CASCADE,
    per_second     INTEGER NOT NULL,             -- points per second
    points         BLOB NOT NULL                 -- signed bytes, min and max per point: 127 times the root of the sample; empty = unreadable
) STRICT;

-- Ten seconds of the clock are a slot, an hour has 360. A level is a byte: 2 x (dBFS + 127.5), so 255 is full scale; 0 = nothing known.
CREATE TABLE loudness (
    recorder_id    TEXT NOT NULL,
    hour           INTEGER NOT NULL,             -- start of the hour / 3 600 000 000 us
    slots          BLOB NOT NULL,                -- 720 bytes: peak and RMS of each slot; of chunks that share a slot the louder
    PRIMARY KEY (recorder_id, hour)
) STRICT;

CREATE TABLE loudness_hours (                    -- the same by the hour, so that a year of a recorder is 8 760 short rows
    recorder_id    TEXT NOT NULL,
    hour           INTEGER NOT NULL,
    peak           INTEGER NOT NULL,
    rms            INTEGER NOT NULL,             -- mean power of its known slots
    quietest       INTEGER NOT NULL,             -- lowest RMS of a slot
    PRIMARY KEY (recorder_id, hour)
) STRICT, WITHOUT ROWID;

-- Every chunk up to this one (by its number in the table, which rises with each receipt) has been looked at.
CREATE TABLE outlined (up_to INTEGER NOT NULL) STRICT;
INSERT INTO outlined VALUES (0);

-- Slots that begin in a deleted chunk are forgotten. The last slot of what was deleted goes with the chunk that follows, or with its hour.
CREATE TRIGGER chunk_silenced AFTER DELETE ON chunks BEGIN
    UPDATE loudness SET slots = CAST(
        substr(slots, 1, 2 * MAX(0, OLD.start_us / 10000000 - hour * 360))
        || zeroblob(2 * (MIN(360, OLD.end_us / 10000000 - hour * 360) - MAX(0, OLD.start_us / 10000000 - hour * 360)))
        || substr(slots, 1 + 2 * MIN(360, OLD.end_us / 10000000 - hour * 360)) AS BLOB)
    WHERE recorder_id = OLD.recorder_id AND hour BETWEEN OLD.start_us / 3600000000 AND OLD.end_us / 3600000000
      AND MIN(360, OLD.end_us / 10000000 - hour * 360) > MAX(0, OLD.start_us / 10000000 - hour * 360);
END;

CREATE TRIGGER hour_silenced AFTER DELETE ON coverage BEGIN
    DELETE FROM loudness WHERE recorder_id = OLD.recorder_id AND hour = OLD.hour;
    DELETE FROM loudness_hours WHERE recorder_id = OLD.recorder_id AND hour = OLD.hour;
END;

-- All recorders together, so that everything there is can be drawn in one strip. A chunk counts for the day in which it starts.
CREATE TABLE days (
    day            INTEGER PRIMARY KEY,          -- start of the day in UTC / 86 400 000 000 us
    covered_us     INTEGER NOT NULL,
    chunks         INTEGER NOT NULL
) STRICT;
INSERT INTO days SELECT hour / 24, SUM(covered_us), SUM(chunks) FROM coverage GROUP BY 1;

CREATE TRIGGER day_counted AFTER INSERT ON chunks BEGIN
    INSERT INTO days VALUES (NEW.start_us / 86400000000, NEW.end_us - NEW.start_us, 1)
    ON CONFLICT (day) DO UPDATE SET covered_us = covered_us + excluded.covered_us, chunks = chunks + 1;
END;

CREATE TRIGGER day_uncounted AFTER DELETE ON chunks BEGIN
    UPDATE days SET covered_us = MAX(0, covered_us - (OLD.end_us - OLD.start_us)), chunks = chunks - 1 WHERE day = OLD.start_us / 86400000000;
    DELETE FROM days WHERE day = OLD.start_us / 86400000000 AND chunks <= 0;
END;
