-- What an account sent and received, by the day of its workspace.

CREATE TABLE account_usage (
    account_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    day         TEXT NOT NULL,
    sent        INTEGER NOT NULL,
    received    INTEGER NOT NULL,
    PRIMARY KEY (account_id, day)
) STRICT;

INSERT INTO account_usage (account_id, day, sent, received)
    SELECT id, usage_day, usage_sent, usage_received FROM accounts WHERE usage_day <> '';

ALTER TABLE accounts DROP COLUMN usage_day;
ALTER TABLE accounts DROP COLUMN usage_sent;
ALTER TABLE accounts DROP COLUMN usage_received;
