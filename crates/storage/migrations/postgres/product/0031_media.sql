-- Files of messages. The file itself lies sealed outside the database; its key, name and type are sealed in `detail`, so that
-- a file without its row can be opened by nobody. `size` is 0 unless the file is here.
CREATE TABLE media (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account_id  TEXT COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    message_id  TEXT COLLATE "C" REFERENCES messages (id) ON DELETE CASCADE,
    state       TEXT COLLATE "C" NOT NULL,
    size        BIGINT NOT NULL,
    attempts    BIGINT NOT NULL,
    fetch_at    BIGINT,
    expires_at  BIGINT,
    created_at  BIGINT NOT NULL,
    detail      BYTEA NOT NULL
);
CREATE INDEX media_by_account ON media (account_id, id);
CREATE INDEX media_by_message ON media (message_id);
CREATE INDEX media_to_fetch ON media (fetch_at) WHERE fetch_at IS NOT NULL;
CREATE INDEX media_by_age ON media (expires_at) WHERE expires_at IS NOT NULL;
