-- Who may do what at the MQTT broker. A revoked user is deleted: the broker's files hold the living only.

CREATE TABLE mqtt_users (
    user_name      TEXT PRIMARY KEY,             -- [A-Za-z0-9_-]{1,64}; of a recorder its id, which is a level of its topics
    role           TEXT NOT NULL CHECK (role IN ('recorder', 'controller', 'node')),
    base_topic     TEXT NOT NULL,                -- recorder, controller: the modules' base topic; node: its room
    commands       TEXT NOT NULL,                -- node: what it obeys below its room, joined by commas; else empty
    events         TEXT NOT NULL,                -- node: what it may say below its room, joined by commas; else empty
    password_hash  TEXT NOT NULL,                -- as mosquitto writes it: $7$iterations$salt$hash
    created_us     INTEGER NOT NULL
) STRICT;
