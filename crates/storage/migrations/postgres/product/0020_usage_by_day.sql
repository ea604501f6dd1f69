-- What an account sent and received, by the day of its workspace.

CREATE TABLE account_usage (
    account_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    day         TEXT NOT NULL,
    sent        BIGINT NOT NULL,
    received    BIGINT NOT NULL,
    PRIMARY KEY (account_id, day)
);

INSERT INTO account_usage (account_id, day, sent, received)
    SELECT id, usage_day, usage_sent, usage_received FROM accounts WHERE usage_day <> '';

ALTER TABLE accounts DROP COLUMN usage_day;
ALTER TABLE accounts DROP COLUMN usage_sent;
ALTER TABLE accounts DROP COLUMN usage_received;
