-- Files of messages. The file itself lies sealed outside the database; its key, name and type are sealed in `detail`, so that
-- a file without its row can be opened by nobody. `size` is 0 unless the file is here.
CREATE TABLE media (
    id          TEXT NOT NULL PRIMARY KEY,
    account_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    message_id  TEXT REFERENCES messages (id) ON DELETE CASCADE,
    state       TEXT NOT NULL,
    size        INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    fetch_at    INTEGER,
    expires_at  INTEGER,
    created_at  INTEGER NOT NULL,
    detail      BLOB NOT NULL
) STRICT;
CREATE INDEX media_by_account ON media (account_id, id);
CREATE INDEX media_by_message ON media (message_id);
CREATE INDEX media_to_fetch ON media (fetch_at) WHERE fetch_at IS NOT NULL;
CREATE INDEX media_by_age ON media (expires_at) WHERE expires_at IS NOT NULL;
