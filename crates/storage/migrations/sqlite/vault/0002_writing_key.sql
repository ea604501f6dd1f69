-- Which master key wraps new data keys: one row, made when the vault is first opened. `rotating` is 1 from the moment
-- when a rotation switched it until that rotation has ended.
CREATE TABLE vault_writing_key (
    single       INTEGER NOT NULL PRIMARY KEY CHECK (single = 1),
    fingerprint  INTEGER NOT NULL,
    since        INTEGER NOT NULL,
    rotating     INTEGER NOT NULL
) STRICT;
