-- People apart from their standing in a workspace, and what belongs to them: shares, invitations, second factors,
-- the audit log, answers kept for repeated requests, and mail on its way.
-- Addresses, names and details are sealed; `*_tag` are keyed hashes by which they are found.

CREATE TABLE people (
    id               TEXT NOT NULL PRIMARY KEY,
    email_tag        BLOB UNIQUE,
    email            BLOB,
    clear_email      TEXT,
    external_tag     BLOB UNIQUE,
    external_id      BLOB,
    password_hash    TEXT,
    totp_secret      BLOB,
    totp_enabled_at  INTEGER,
    totp_last_step   INTEGER,
    created_at       INTEGER NOT NULL
) STRICT;

INSERT INTO people (id, clear_email, password_hash, created_at)
    SELECT id, email, password_hash, created_at FROM users;

CREATE TABLE members (
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id       TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role          TEXT NOT NULL,
    notify        INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
) STRICT;

INSERT INTO members (workspace_id, user_id, role, notify, created_at)
    SELECT workspace_id, id, role, CASE role WHEN 'owner' THEN 1 ELSE 0 END, created_at FROM users;

-- Foreign keys are off while migrations run, and checked before they are committed.
DROP TABLE users;
ALTER TABLE people RENAME TO users;

CREATE INDEX members_by_user ON members (user_id, workspace_id);

CREATE TABLE recovery_codes (
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash  BLOB NOT NULL,
    PRIMARY KEY (user_id, code_hash)
) STRICT;

-- The workspace in which the person works at the moment.
ALTER TABLE sign_ins ADD COLUMN workspace_id TEXT REFERENCES workspaces (id) ON DELETE CASCADE;
ALTER TABLE sign_ins ADD COLUMN used_at INTEGER;
ALTER TABLE sign_ins ADD COLUMN agent TEXT;
UPDATE sign_ins SET workspace_id = (SELECT workspace_id FROM members WHERE members.user_id = sign_ins.user_id);
CREATE INDEX sign_ins_by_user ON sign_ins (user_id);

CREATE TABLE invitations (
    id            TEXT NOT NULL PRIMARY KEY,
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    email_tag     BLOB NOT NULL,
    email         BLOB NOT NULL,
    role          TEXT NOT NULL,
    token_hash    BLOB NOT NULL UNIQUE,
    created_by    TEXT REFERENCES users (id) ON DELETE SET NULL,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    UNIQUE (workspace_id, email_tag)
) STRICT;

-- One at a time: a new one replaces the one before.
CREATE TABLE password_resets (
    user_id     TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    token_hash  BLOB NOT NULL UNIQUE,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT;

-- By this name other programs' tokens mean the workspace.
ALTER TABLE workspaces ADD COLUMN external_id TEXT;
CREATE UNIQUE INDEX workspaces_by_external_id ON workspaces (external_id);

ALTER TABLE api_keys ADD COLUMN networks TEXT NOT NULL DEFAULT '[]';
ALTER TABLE api_keys ADD COLUMN used_at INTEGER;
-- 1 where the key reaches the accounts of `api_key_accounts` alone, also when none is left.
ALTER TABLE api_keys ADD COLUMN listed_accounts INTEGER NOT NULL DEFAULT 0;
CREATE INDEX api_keys_by_workspace ON api_keys (workspace_id, id);

CREATE TABLE api_key_accounts (
    key_id      TEXT NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    account_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (key_id, account_id)
) STRICT;
CREATE INDEX api_key_accounts_by_account ON api_key_accounts (account_id);

CREATE TABLE account_shares (
    account_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (account_id, user_id)
) STRICT;
CREATE INDEX account_shares_by_user ON account_shares (user_id, account_id);

-- One chain for each workspace, and one for the installation itself, whose workspace is ''. No foreign keys: the log
-- outlives what it tells of. `mac` is keyed and covers the entry and the `mac` before it.
CREATE TABLE audit_log (
    workspace_id  TEXT NOT NULL,
    seq           INTEGER NOT NULL,
    id            TEXT NOT NULL UNIQUE,
    at            INTEGER NOT NULL,
    actor_kind    TEXT NOT NULL,
    actor_id      TEXT,
    action        TEXT NOT NULL,
    target_kind   TEXT,
    target_id     TEXT,
    details       BLOB NOT NULL,
    mac           BLOB NOT NULL,
    PRIMARY KEY (workspace_id, seq)
) STRICT;

CREATE TABLE audit_heads (
    workspace_id  TEXT NOT NULL PRIMARY KEY,
    seq           INTEGER NOT NULL,
    mac           BLOB NOT NULL
) STRICT;

-- A row without `status` is a request under way, until `locked_until`.
CREATE TABLE idempotency_keys (
    caller        TEXT NOT NULL,
    key_tag       BLOB NOT NULL,
    request_hash  BLOB NOT NULL,
    status        INTEGER,
    answer        BLOB,
    created_at    INTEGER NOT NULL,
    locked_until  INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    PRIMARY KEY (caller, key_tag)
) STRICT;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (expires_at);

-- Mail on its way; a row goes when the mail server has taken it.
CREATE TABLE mail (
    id           TEXT NOT NULL PRIMARY KEY,
    message      BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    next_try_at  INTEGER NOT NULL,
    attempts     INTEGER NOT NULL
) STRICT;
CREATE INDEX mail_by_next_try ON mail (next_try_at);

-- What people were last told of an account.
CREATE TABLE told_accounts (
    account_id  TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    state       TEXT NOT NULL,
    told_at     INTEGER NOT NULL
) STRICT;

-- What accounts are called is sealed from now on; the next step does it.
ALTER TABLE accounts RENAME COLUMN display_name TO clear_display_name;
ALTER TABLE accounts RENAME COLUMN push_name TO clear_push_name;
ALTER TABLE accounts ADD COLUMN display_name BLOB;
ALTER TABLE accounts ADD COLUMN push_name BLOB;
CREATE INDEX accounts_by_user ON accounts (user_id, id);
