-- How fast the account sends, as JSON; null where nothing was set.
ALTER TABLE accounts ADD COLUMN pacing TEXT;
