-- What the connection manager adds: an account's details, the event log, pairing links and pictures.
-- The defaults are those of accounts that were made before. Proxy, metadata, payloads and pictures are sealed.

ALTER TABLE accounts ADD COLUMN device_name TEXT NOT NULL DEFAULT 'linekeeper';
ALTER TABLE accounts ADD COLUMN device_icon TEXT NOT NULL DEFAULT 'chrome';
ALTER TABLE accounts ADD COLUMN proxy BLOB;
ALTER TABLE accounts ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE accounts ADD COLUMN metadata BLOB;
ALTER TABLE accounts ADD COLUMN picture_id TEXT;
ALTER TABLE accounts ADD COLUMN restriction TEXT NOT NULL DEFAULT '{"capping":"none"}';
ALTER TABLE accounts ADD COLUMN phone_seen_at INTEGER;

-- One row. Whoever appends updates it, and so waits for those before: commits come in the order of `last_seq`.
-- Events up to `pruned_seq` were removed for their age.
CREATE TABLE event_log (
    single      INTEGER NOT NULL PRIMARY KEY CHECK (single = 1),
    last_seq    INTEGER NOT NULL,
    pruned_seq  INTEGER NOT NULL
) STRICT;

INSERT INTO event_log (single, last_seq, pruned_seq) VALUES (1, 0, 0);

CREATE TABLE events (
    seq           INTEGER NOT NULL PRIMARY KEY,
    id            TEXT NOT NULL UNIQUE,
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    account_id    TEXT REFERENCES accounts (id) ON DELETE CASCADE,
    type          TEXT NOT NULL,
    occurred_at   INTEGER NOT NULL,
    payload       BLOB NOT NULL
) STRICT;

CREATE INDEX events_by_workspace ON events (workspace_id, seq);
CREATE INDEX events_by_account ON events (account_id, seq);
CREATE INDEX events_by_account_and_type ON events (account_id, type, seq);
CREATE INDEX events_by_age ON events (occurred_at);

CREATE TABLE cursors (
    reader      TEXT NOT NULL PRIMARY KEY,
    seq         INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE pairing_links (
    id            TEXT NOT NULL PRIMARY KEY,
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    account_id    TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_by    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash    BLOB NOT NULL UNIQUE,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    opened_at     INTEGER,
    revoked_at    INTEGER
) STRICT;

CREATE INDEX pairing_links_by_account ON pairing_links (account_id, id);

CREATE TABLE pictures (
    account_id  TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    picture_id  TEXT NOT NULL,
    media_type  TEXT NOT NULL,
    bytes       BLOB NOT NULL,
    fetched_at  INTEGER NOT NULL
) STRICT;
