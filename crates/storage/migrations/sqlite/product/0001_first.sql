-- Times are unix milliseconds, ids hyphenated UUIDs, truth values 0 and 1.
-- What names a person at WhatsApp is sealed; `phone_tag` is a keyed hash that keeps numbers unique.

CREATE TABLE workspaces (
    id          TEXT NOT NULL PRIMARY KEY,
    name        TEXT NOT NULL,
    time_zone   TEXT NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    id             TEXT NOT NULL PRIMARY KEY,
    workspace_id   TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    email          TEXT NOT NULL UNIQUE,
    role           TEXT NOT NULL,
    password_hash  TEXT NOT NULL,
    created_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
    id            TEXT NOT NULL PRIMARY KEY,
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id       TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name          TEXT NOT NULL,
    scopes        TEXT NOT NULL,
    key_hash      BLOB NOT NULL UNIQUE,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER
) STRICT;

CREATE TABLE sign_ins (
    id          TEXT NOT NULL PRIMARY KEY,
    user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash  BLOB NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE accounts (
    id                    TEXT NOT NULL PRIMARY KEY,
    workspace_id          TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id               TEXT NOT NULL REFERENCES users (id),
    kind                  TEXT NOT NULL,
    display_name          TEXT NOT NULL,
    phone_tag             BLOB UNIQUE,
    phone                 BLOB,
    lid                   BLOB,
    push_name             TEXT,
    desired               TEXT NOT NULL,
    linked                INTEGER NOT NULL,
    status_reason         TEXT NOT NULL,
    status_message        TEXT NOT NULL,
    status_since          INTEGER NOT NULL,
    status_next_retry_at  INTEGER,
    status_attempt        INTEGER NOT NULL,
    daily_limit           INTEGER NOT NULL,
    usage_day             TEXT NOT NULL,
    usage_sent            INTEGER NOT NULL,
    usage_received        INTEGER NOT NULL,
    last_connected_at     INTEGER,
    last_disconnected_at  INTEGER,
    created_at            INTEGER NOT NULL,
    updated_at            INTEGER NOT NULL
) STRICT;

CREATE INDEX accounts_by_workspace ON accounts (workspace_id, id);

CREATE TABLE settings (
    name   TEXT NOT NULL PRIMARY KEY,
    value  BLOB NOT NULL
) STRICT;
