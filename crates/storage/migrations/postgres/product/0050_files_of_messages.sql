-- Where a file comes from: `upload` from a caller, `url` from an address that a caller named, `whatsapp` from a message that came
-- in. It says what fetching it needs.
ALTER TABLE media ADD COLUMN source TEXT NOT NULL DEFAULT 'upload';
DROP INDEX media_to_fetch;
CREATE INDEX media_to_fetch ON media (account_id, source, fetch_at) WHERE fetch_at IS NOT NULL;

-- Which uploaded file a message carries. Several messages may carry one.
CREATE TABLE message_files (
    message_id  TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    media_id    TEXT COLLATE "C" NOT NULL REFERENCES media (id) ON DELETE CASCADE
);
CREATE INDEX message_files_by_file ON message_files (media_id);
