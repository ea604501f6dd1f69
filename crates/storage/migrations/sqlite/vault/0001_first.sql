-- The sealed sessions. Nothing here names a person: keys are keyed hashes, values AES-256-GCM records.

-- One row. Epochs, sessions and data keys take their numbers here, so none ever comes back after a deletion.
CREATE TABLE vault_counter (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    value  INTEGER NOT NULL
) STRICT;
INSERT INTO vault_counter (id, value) VALUES (1, 0);

-- Who may write an account's session: a write that names another epoch is refused.
CREATE TABLE vault_leases (
    account   BLOB NOT NULL PRIMARY KEY,
    session   INTEGER NOT NULL UNIQUE,
    epoch     INTEGER NOT NULL,
    holder    TEXT NOT NULL,
    taken_at  INTEGER NOT NULL
) STRICT;

-- Data keys, wrapped by the master key. Session 0 is the installation itself.
CREATE TABLE data_keys (
    session     INTEGER NOT NULL PRIMARY KEY,
    id          INTEGER NOT NULL UNIQUE,
    wrapped     BLOB NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

-- What each column means for each kind is told in src/vault/kind.rs.
CREATE TABLE vault_rows (
    session     INTEGER NOT NULL,
    kind        INTEGER NOT NULL,
    tag         BLOB NOT NULL,
    group_tag   BLOB,
    member_tag  BLOB,
    number      INTEGER,
    stamp       INTEGER,
    mark        INTEGER,
    value       BLOB NOT NULL,
    PRIMARY KEY (session, kind, tag)
) STRICT, WITHOUT ROWID;

CREATE INDEX vault_rows_by_group ON vault_rows (session, kind, group_tag) WHERE group_tag IS NOT NULL;
CREATE INDEX vault_rows_by_member ON vault_rows (session, kind, member_tag) WHERE member_tag IS NOT NULL;
CREATE INDEX vault_rows_by_stamp ON vault_rows (session, kind, stamp) WHERE stamp IS NOT NULL;

-- Written to prove that the disk takes writes.
CREATE TABLE vault_probe (
    id  INTEGER NOT NULL PRIMARY KEY,
    at  INTEGER NOT NULL
) STRICT;
