-- People: who they are, what opens the door to them, and where they are logged in. Nothing here opens anything if it is copied,
-- except passwords that can be guessed at 210,000 rounds of SHA-512 a guess.

CREATE TABLE users (
    user_id        TEXT PRIMARY KEY,             -- 8 hex digits
    user_name      TEXT NOT NULL UNIQUE COLLATE NOCASE,
    role           TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'technician')),
    password_hash  TEXT NOT NULL,                -- pbkdf2-sha512$iterations$salt$hash, the latter two in base64
    is_enabled     INTEGER NOT NULL CHECK (is_enabled IN (0, 1)),
    version        INTEGER NOT NULL,             -- rises with each change; who changes says which one was seen
    created_us     INTEGER NOT NULL,
    seen_us        INTEGER                       -- NULL = never logged in; at most a minute old
) STRICT;

CREATE TABLE sessions (                          -- one login of one browser; deleted when it ends
    session_sha256 TEXT PRIMARY KEY,             -- lower-case hex; the cookie itself is nowhere
    user_id        TEXT REFERENCES users (user_id),
    credential_id  TEXT REFERENCES credentials (credential_id),
    created_us     INTEGER NOT NULL,             -- ends 30 days later
    seen_us        INTEGER NOT NULL,             -- ends 12 hours after it; at most a minute old
    CHECK ((user_id IS NULL) <> (credential_id IS NULL))
) STRICT;

CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE links (                             -- one-time links; deleted when used or replaced
    link_sha256    TEXT PRIMARY KEY,             -- lower-case hex; the secret of the link is nowhere
    link_id        TEXT NOT NULL UNIQUE,         -- 8 hex digits, shown in lists and logs
    purpose        TEXT NOT NULL CHECK (purpose IN ('first', 'invite', 'password')),
    role           TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'technician')),
    user_id        TEXT REFERENCES users (user_id), -- of a new password
    made_by        TEXT NOT NULL,
    created_us     INTEGER NOT NULL,
    expires_us     INTEGER NOT NULL
) STRICT;
