-- Times are unix milliseconds, ids hyphenated UUIDs, truth values 0 and 1.
-- What names a person at WhatsApp is sealed; `phone_tag` is a keyed hash that keeps numbers unique.

CREATE TABLE workspaces (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name        TEXT NOT NULL,
    time_zone   TEXT NOT NULL,
    created_at  BIGINT NOT NULL
);

CREATE TABLE users (
    id             TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    workspace_id   TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    email          TEXT NOT NULL UNIQUE,
    role           TEXT NOT NULL,
    password_hash  TEXT NOT NULL,
    created_at     BIGINT NOT NULL
);

CREATE TABLE api_keys (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    workspace_id  TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id       TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name          TEXT NOT NULL,
    scopes        TEXT NOT NULL,
    key_hash      BYTEA NOT NULL UNIQUE,
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT
);

CREATE TABLE sign_ins (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id     TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash  BYTEA NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);

CREATE TABLE accounts (
    id                    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    workspace_id          TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id               TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    kind                  TEXT NOT NULL,
    display_name          TEXT NOT NULL,
    phone_tag             BYTEA UNIQUE,
    phone                 BYTEA,
    lid                   BYTEA,
    push_name             TEXT,
    desired               TEXT NOT NULL,
    linked                BIGINT NOT NULL,
    status_reason         TEXT NOT NULL,
    status_message        TEXT NOT NULL,
    status_since          BIGINT NOT NULL,
    status_next_retry_at  BIGINT,
    status_attempt        BIGINT NOT NULL,
    daily_limit           BIGINT NOT NULL,
    usage_day             TEXT NOT NULL,
    usage_sent            BIGINT NOT NULL,
    usage_received        BIGINT NOT NULL,
    last_connected_at     BIGINT,
    last_disconnected_at  BIGINT,
    created_at            BIGINT NOT NULL,
    updated_at            BIGINT NOT NULL
);

CREATE INDEX accounts_by_workspace ON accounts (workspace_id, id);

CREATE TABLE settings (
    name   TEXT NOT NULL PRIMARY KEY,
    value  BYTEA NOT NULL
);
