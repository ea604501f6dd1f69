-- Fences the writes of an account's actor. Each start of the actor raises the number, and a write with a lower number
-- changes nothing.
ALTER TABLE accounts ADD COLUMN runtime_epoch BIGINT NOT NULL DEFAULT 0;
