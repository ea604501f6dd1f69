-- The sealed sessions. Nothing here names a person: keys are keyed hashes, values AES-256-GCM records.

-- One row. Epochs, sessions and data keys take their numbers here, so none ever comes back after a deletion.
CREATE TABLE vault_counter (
    id     BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    value  BIGINT NOT NULL
);
INSERT INTO vault_counter (id, value) VALUES (1, 0);

-- Who may write an account's session: a write that names another epoch is refused.
CREATE TABLE vault_leases (
    account   BYTEA NOT NULL PRIMARY KEY,
    session   BIGINT NOT NULL UNIQUE,
    epoch     BIGINT NOT NULL,
    holder    TEXT NOT NULL,
    taken_at  BIGINT NOT NULL
);

-- Data keys, wrapped by the master key. Session 0 is the installation itself.
CREATE TABLE data_keys (
    session     BIGINT NOT NULL PRIMARY KEY,
    id          BIGINT NOT NULL UNIQUE,
    wrapped     BYTEA NOT NULL,
    created_at  BIGINT NOT NULL
);

-- What each column means for each kind is told in src/vault/kind.rs.
CREATE TABLE vault_rows (
    session     BIGINT NOT NULL,
    kind        BIGINT NOT NULL,
    tag         BYTEA NOT NULL,
    group_tag   BYTEA,
    member_tag  BYTEA,
    number      BIGINT,
    stamp       BIGINT,
    mark        BIGINT,
    value       BYTEA NOT NULL,
    PRIMARY KEY (session, kind, tag)
) WITH (fillfactor = 85);
-- Sealed bytes do not compress.
ALTER TABLE vault_rows ALTER COLUMN value SET STORAGE EXTERNAL;

CREATE INDEX vault_rows_by_group ON vault_rows (session, kind, group_tag) WHERE group_tag IS NOT NULL;
CREATE INDEX vault_rows_by_member ON vault_rows (session, kind, member_tag) WHERE member_tag IS NOT NULL;
CREATE INDEX vault_rows_by_stamp ON vault_rows (session, kind, stamp) WHERE stamp IS NOT NULL;

-- Written to prove that the disk takes writes.
CREATE TABLE vault_probe (
    id  BIGINT NOT NULL PRIMARY KEY,
    at  BIGINT NOT NULL
);
