-- Who may do what. A file of its own: the index of the archive can be deleted and rebuilt from the files, credentials cannot.
-- Times are microseconds since 1970-01-01 UTC (…_us), booleans 0/1.

CREATE TABLE devices (
    device_id      TEXT PRIMARY KEY,             -- lower-case UUID text, or a recorder id [A-Za-z0-9_-]{1,64}; recorder_id in the archive
    point_id       TEXT,                         -- NULL = whatever the device says
    register_id    TEXT,                         -- NULL = whatever the device says
    zone           TEXT,                         -- IANA name, reads the device's naive times; NULL = the hub's
    is_enabled     INTEGER NOT NULL CHECK (is_enabled IN (0, 1)),
    created_us     INTEGER NOT NULL
) STRICT;

CREATE TABLE points (
    point_id       TEXT PRIMARY KEY,
    name           TEXT NOT NULL
) STRICT;

CREATE TABLE registers (
    register_id    TEXT PRIMARY KEY,
    name           TEXT NOT NULL
) STRICT;

CREATE TABLE credentials (
    credential_id  TEXT PRIMARY KEY,             -- 8 hex digits, shown in lists and logs
    kind           TEXT NOT NULL CHECK (kind IN ('device', 'client', 'operator', 'admin', 'internal')),
    subject        TEXT NOT NULL,                -- device id, client id, or the name of a person or program
    secret_sha256  TEXT NOT NULL UNIQUE,         -- lower-case hex; the secret itself is nowhere
    created_us     INTEGER NOT NULL,
    revoked_us     INTEGER                       -- NULL = valid
) STRICT;

CREATE INDEX credentials_by_subject ON credentials (subject);

CREATE TABLE keys (                              -- made at the first start
    name           TEXT PRIMARY KEY,             -- 'jwt'
    value          BLOB NOT NULL
) STRICT;
