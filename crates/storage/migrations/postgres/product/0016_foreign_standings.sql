-- How far the tokens of another program have decided about its users. A row outlives the membership, so that an older token
-- brings nobody back. `external_tag` is the keyed hash by which `users` finds them too.

CREATE TABLE foreign_standings (
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    external_tag  BYTEA NOT NULL,
    changed_at    BIGINT NOT NULL,
    seen_at       BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, external_tag)
);
