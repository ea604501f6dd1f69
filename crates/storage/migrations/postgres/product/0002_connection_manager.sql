-- What the connection manager adds: an account's details, the event log, pairing links and pictures.
-- The defaults are those of accounts that were made before. Proxy, metadata, payloads and pictures are sealed.

ALTER TABLE accounts ADD COLUMN device_name TEXT NOT NULL DEFAULT 'linekeeper';
ALTER TABLE accounts ADD COLUMN device_icon TEXT NOT NULL DEFAULT 'chrome';
ALTER TABLE accounts ADD COLUMN proxy BYTEA;
ALTER TABLE accounts ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE accounts ADD COLUMN metadata BYTEA;
ALTER TABLE accounts ADD COLUMN picture_id TEXT;
ALTER TABLE accounts ADD COLUMN restriction TEXT NOT NULL DEFAULT '{"capping":"none"}';
ALTER TABLE accounts ADD COLUMN phone_seen_at BIGINT;

-- One row. Whoever appends updates it, and so waits for those before: commits come in the order of `last_seq`.
-- Events up to `pruned_seq` were removed for their age.
CREATE TABLE event_log (
    single      BIGINT NOT NULL PRIMARY KEY CHECK (single = 1),
    last_seq    BIGINT NOT NULL,
    pruned_seq  BIGINT NOT NULL
);

INSERT INTO event_log (single, last_seq, pruned_seq) VALUES (1, 0, 0);

CREATE TABLE events (
    seq           BIGINT NOT NULL PRIMARY KEY,
    id            TEXT COLLATE "C" NOT NULL UNIQUE,
    workspace_id  TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    account_id    TEXT COLLATE "C" REFERENCES accounts (id) ON DELETE CASCADE,
    type          TEXT NOT NULL,
    occurred_at   BIGINT NOT NULL,
    payload       BYTEA NOT NULL
);

CREATE INDEX events_by_workspace ON events (workspace_id, seq);
CREATE INDEX events_by_account ON events (account_id, seq);
CREATE INDEX events_by_account_and_type ON events (account_id, type, seq);
CREATE INDEX events_by_age ON events (occurred_at);

CREATE TABLE cursors (
    reader      TEXT NOT NULL PRIMARY KEY,
    seq         BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);

CREATE TABLE pairing_links (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    workspace_id  TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    account_id    TEXT COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_by    TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash    BYTEA NOT NULL UNIQUE,
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    opened_at     BIGINT,
    revoked_at    BIGINT
);

CREATE INDEX pairing_links_by_account ON pairing_links (account_id, id);

CREATE TABLE pictures (
    account_id  TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    picture_id  TEXT NOT NULL,
    media_type  TEXT NOT NULL,
    bytes       BYTEA NOT NULL,
    fetched_at  BIGINT NOT NULL
);
