-- Up to when weekly reports told a member what happened, in milliseconds; null where they want none.
ALTER TABLE members ADD COLUMN reported_until BIGINT;
