-- Webhook endpoints. The address, the headers and the secrets are sealed. `made_by` and `made_with` name the member and the API
-- key with whose rights events are read. They refer to no row: an endpoint whose maker is gone sends nothing, and says so.
CREATE TABLE webhooks (
    id               TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    workspace_id     TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    made_by          TEXT COLLATE "C" NOT NULL,
    made_with        TEXT COLLATE "C",
    private          BYTEA NOT NULL,
    description      BYTEA,
    filter           TEXT NOT NULL,
    timeout_seconds  BIGINT NOT NULL,
    paused           BIGINT NOT NULL,
    disabled         TEXT,
    resumes          BIGINT NOT NULL,
    health           TEXT NOT NULL,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL
);
CREATE INDEX webhooks_by_workspace ON webhooks (workspace_id, id);

-- One event for one endpoint. An event that was taken at the first try has a row from then on; one that must wait has a row
-- that is pending. `lane` is the account that it is about, or empty: within a lane the order is kept.
CREATE TABLE webhook_deliveries (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    webhook_id   TEXT COLLATE "C" NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_seq    BIGINT NOT NULL REFERENCES events (seq) ON DELETE CASCADE,
    lane         TEXT COLLATE "C" NOT NULL,
    status       TEXT NOT NULL,
    is_replay    BIGINT NOT NULL,
    tries        BIGINT NOT NULL,
    refusals     BIGINT NOT NULL,
    attempts     BYTEA,
    next_try_at  BIGINT,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX webhook_deliveries_by_event ON webhook_deliveries (webhook_id, event_seq);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook_id, is_replay, lane, event_seq)
    WHERE status = 'pending';
-- For the events that go, with all that was theirs.
CREATE INDEX webhook_deliveries_of_event ON webhook_deliveries (event_seq);
