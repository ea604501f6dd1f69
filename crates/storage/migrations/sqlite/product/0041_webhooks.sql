-- Webhook endpoints. The address, the headers and the secrets are sealed. `made_by` and `made_with` name the member and the API
-- key with whose rights events are read. They refer to no row: an endpoint whose maker is gone sends nothing, and says so.
CREATE TABLE webhooks (
    id               TEXT NOT NULL PRIMARY KEY,
    workspace_id     TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    made_by          TEXT NOT NULL,
    made_with        TEXT,
    private          BLOB NOT NULL,
    description      BLOB,
    filter           TEXT NOT NULL,
    timeout_seconds  INTEGER NOT NULL,
    paused           INTEGER NOT NULL,
    disabled         TEXT,
    resumes          INTEGER NOT NULL,
    health           TEXT NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX webhooks_by_workspace ON webhooks (workspace_id, id);

-- One event for one endpoint. An event that was taken at the first try has a row from then on; one that must wait has a row
-- that is pending. `lane` is the account that it is about, or empty: within a lane the order is kept.
CREATE TABLE webhook_deliveries (
    id           TEXT NOT NULL PRIMARY KEY,
    webhook_id   TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_seq    INTEGER NOT NULL REFERENCES events (seq) ON DELETE CASCADE,
    lane         TEXT NOT NULL,
    status       TEXT NOT NULL,
    is_replay    INTEGER NOT NULL,
    tries        INTEGER NOT NULL,
    refusals     INTEGER NOT NULL,
    attempts     BLOB,
    next_try_at  INTEGER,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX webhook_deliveries_by_event ON webhook_deliveries (webhook_id, event_seq);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook_id, is_replay, lane, event_seq)
    WHERE status = 'pending';
-- For the events that go, with all that was theirs.
CREATE INDEX webhook_deliveries_of_event ON webhook_deliveries (event_seq);
