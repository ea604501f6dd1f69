-- The API key that an invitation or a pairing link was made with: they end with it.

ALTER TABLE invitations ADD COLUMN key_id TEXT REFERENCES api_keys (id) ON DELETE CASCADE;
ALTER TABLE pairing_links ADD COLUMN key_id TEXT REFERENCES api_keys (id) ON DELETE CASCADE;

-- 1 where the link went to its address by mail, so that only its holder has it.
ALTER TABLE invitations ADD COLUMN is_mailed BIGINT NOT NULL DEFAULT 0;

CREATE INDEX invitations_by_key ON invitations (key_id);
CREATE INDEX pairing_links_by_key ON pairing_links (key_id);
