-- Times are microseconds since 1970-01-01 UTC. Ids are 32 lower-case hexadecimal digits.

-- Derived from storage; rebuilt from it by one command.
CREATE TABLE recordings (
    id              TEXT PRIMARY KEY NOT NULL,
    machine_id      TEXT NOT NULL,
    machine         TEXT NOT NULL,
    user_name       TEXT NOT NULL,
    uid             INTEGER,
    display         TEXT,
    session_kind    TEXT NOT NULL,
    client_name     TEXT,
    client_address  TEXT,
    application     TEXT,
    groups_json     TEXT NOT NULL,
    state           TEXT NOT NULL,
    start_us        INTEGER NOT NULL,
    end_us          INTEGER,
    duration_us     INTEGER NOT NULL,
    size_bytes      INTEGER NOT NULL,
    last_data_us    INTEGER NOT NULL,
    policy          TEXT NOT NULL,
    rule            TEXT,
    start_text      TEXT NOT NULL,
    end_reason      TEXT,
    end_text        TEXT,
    width           INTEGER,
    height          INTEGER,
    notices_json    TEXT NOT NULL,
    -- Lower-cased by the program, because the database folds ASCII only.
    search_text     TEXT NOT NULL,
    user_folded     TEXT NOT NULL,
    machine_folded  TEXT NOT NULL
) STRICT;
CREATE INDEX recordings_by_start    ON recordings (start_us, id);
CREATE INDEX recordings_by_user     ON recordings (user_folded, id);
CREATE INDEX recordings_by_machine  ON recordings (machine_folded, id);
CREATE INDEX recordings_by_duration ON recordings (duration_us, id);
CREATE INDEX recordings_by_size     ON recordings (size_bytes, id);
CREATE INDEX recordings_by_state    ON recordings (state, id);

-- Everything below is an original: it exists nowhere else.
CREATE TABLE machines (
    id              TEXT PRIMARY KEY NOT NULL,
    name            TEXT NOT NULL,
    os              TEXT NOT NULL,
    host_id         TEXT NOT NULL,
    fingerprint     TEXT NOT NULL UNIQUE,
    not_after_us    INTEGER NOT NULL,
    enrolled_us     INTEGER NOT NULL,
    revoked_us      INTEGER,
    last_seen_us    INTEGER,
    software        TEXT,
    address         TEXT,
    spool_bytes     INTEGER NOT NULL DEFAULT 0,
    spool_quota     INTEGER NOT NULL DEFAULT 0,
    lost_bytes      INTEGER NOT NULL DEFAULT 0,
    live_recordings INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE enrolment_tokens (
    id          TEXT PRIMARY KEY NOT NULL,
    note        TEXT NOT NULL,
    secret_hash BLOB NOT NULL UNIQUE,
    created_us  INTEGER NOT NULL,
    created_by  TEXT NOT NULL,
    expires_us  INTEGER NOT NULL,
    used_us     INTEGER,
    machine_id  TEXT
) STRICT;

CREATE TABLE users (
    id            TEXT PRIMARY KEY NOT NULL,
    name          TEXT NOT NULL,
    name_folded   TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    enabled       INTEGER NOT NULL,
    created_us    INTEGER NOT NULL
) STRICT;

CREATE TABLE user_roles (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role    TEXT NOT NULL,
    PRIMARY KEY (user_id, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE web_sessions (
    token_hash   BLOB PRIMARY KEY NOT NULL,
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_us   INTEGER NOT NULL,
    last_used_us INTEGER NOT NULL,
    expires_us   INTEGER NOT NULL,
    address      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX web_sessions_by_user ON web_sessions (user_id);
CREATE INDEX web_sessions_by_expiry ON web_sessions (expires_us);

CREATE TABLE settings (
    name  TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE diagnostics (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    at_us        INTEGER NOT NULL,
    severity     TEXT NOT NULL,
    number       INTEGER NOT NULL,
    machine_id   TEXT,
    recording_id TEXT,
    text         TEXT NOT NULL
) STRICT;
CREATE INDEX diagnostics_by_time ON diagnostics (at_us);

CREATE TABLE administrator_log (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at_us   INTEGER NOT NULL,
    who     TEXT NOT NULL,
    address TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL
) STRICT;
CREATE INDEX administrator_log_by_time ON administrator_log (at_us);
