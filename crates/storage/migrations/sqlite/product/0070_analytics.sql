-- What happened, as numbers, for two years. One row for each account, day of UTC and source; `figures` is JSON: by the figure's
-- code, runs of equal numbers by the quarter hour. `source` is empty for what is counted from the event log, and a webhook's
-- id for what is counted where its attempts are recorded: each source has one writer, which its reader's epoch fences.
CREATE TABLE analytics_days (
    account_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    day         INTEGER NOT NULL,
    source      TEXT NOT NULL,
    figures     TEXT NOT NULL,
    PRIMARY KEY (account_id, day, source)
) STRICT;
CREATE INDEX analytics_days_by_age ON analytics_days (day);

-- From when something is measured. `id` is an account's, a chat's or a message's, as `about` says.
CREATE TABLE analytics_marks (
    id          TEXT NOT NULL PRIMARY KEY,
    about       TEXT NOT NULL,
    account_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    label       TEXT NOT NULL,
    at          INTEGER NOT NULL
) STRICT;
CREATE INDEX analytics_marks_by_account ON analytics_marks (account_id, about);
CREATE INDEX analytics_marks_by_age ON analytics_marks (about, at);

-- From when to when a server ran, as far as its signs of life tell.
CREATE TABLE server_runs (
    began_at  INTEGER NOT NULL PRIMARY KEY,
    seen_at   INTEGER NOT NULL
) STRICT;
