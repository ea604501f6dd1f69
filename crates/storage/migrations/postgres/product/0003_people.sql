-- People apart from their standing in a workspace, and what belongs to them: shares, invitations, second factors,
-- the audit log, answers kept for repeated requests, and mail on its way.
-- Addresses, names and details are sealed; `*_tag` are keyed hashes by which they are found.

ALTER TABLE users RENAME COLUMN email TO clear_email;
ALTER TABLE users ALTER COLUMN clear_email DROP NOT NULL;
ALTER TABLE users ALTER COLUMN password_hash DROP NOT NULL;
ALTER TABLE users ADD COLUMN email_tag BYTEA UNIQUE;
ALTER TABLE users ADD COLUMN email BYTEA;
ALTER TABLE users ADD COLUMN external_tag BYTEA UNIQUE;
ALTER TABLE users ADD COLUMN external_id BYTEA;
ALTER TABLE users ADD COLUMN totp_secret BYTEA;
ALTER TABLE users ADD COLUMN totp_enabled_at BIGINT;
ALTER TABLE users ADD COLUMN totp_last_step BIGINT;

CREATE TABLE members (
    workspace_id  TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id       TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role          TEXT NOT NULL,
    notify        BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
);

INSERT INTO members (workspace_id, user_id, role, notify, created_at)
    SELECT workspace_id, id, role, CASE role WHEN 'owner' THEN 1 ELSE 0 END, created_at FROM users;

ALTER TABLE users DROP COLUMN workspace_id;
ALTER TABLE users DROP COLUMN role;

CREATE INDEX members_by_user ON members (user_id, workspace_id);

CREATE TABLE recovery_codes (
    user_id    TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash  BYTEA NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);

-- The workspace in which the person works at the moment.
ALTER TABLE sign_ins ADD COLUMN workspace_id TEXT COLLATE "C" REFERENCES workspaces (id) ON DELETE CASCADE;
ALTER TABLE sign_ins ADD COLUMN used_at BIGINT;
ALTER TABLE sign_ins ADD COLUMN agent TEXT;
UPDATE sign_ins SET workspace_id = (SELECT workspace_id FROM members WHERE members.user_id = sign_ins.user_id);
CREATE INDEX sign_ins_by_user ON sign_ins (user_id);

CREATE TABLE invitations (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    workspace_id  TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    email_tag     BYTEA NOT NULL,
    email         BYTEA NOT NULL,
    role          TEXT NOT NULL,
    token_hash    BYTEA NOT NULL UNIQUE,
    created_by    TEXT COLLATE "C" REFERENCES users (id) ON DELETE SET NULL,
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    UNIQUE (workspace_id, email_tag)
);

-- One at a time: a new one replaces the one before.
CREATE TABLE password_resets (
    user_id     TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    token_hash  BYTEA NOT NULL UNIQUE,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);

-- By this name other programs' tokens mean the workspace.
ALTER TABLE workspaces ADD COLUMN external_id TEXT;
CREATE UNIQUE INDEX workspaces_by_external_id ON workspaces (external_id);

ALTER TABLE api_keys ADD COLUMN networks TEXT NOT NULL DEFAULT '[]';
ALTER TABLE api_keys ADD COLUMN used_at BIGINT;
-- 1 where the key reaches the accounts of `api_key_accounts` alone, also when none is left.
ALTER TABLE api_keys ADD COLUMN listed_accounts BIGINT NOT NULL DEFAULT 0;
CREATE INDEX api_keys_by_workspace ON api_keys (workspace_id, id);

CREATE TABLE api_key_accounts (
    key_id      TEXT COLLATE "C" NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    account_id  TEXT COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (key_id, account_id)
);
CREATE INDEX api_key_accounts_by_account ON api_key_accounts (account_id);

CREATE TABLE account_shares (
    account_id  TEXT COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    user_id     TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (account_id, user_id)
);
CREATE INDEX account_shares_by_user ON account_shares (user_id, account_id);

-- One chain for each workspace, and one for the installation itself, whose workspace is ''. No foreign keys: the log
-- outlives what it tells of. `mac` is keyed and covers the entry and the `mac` before it.
CREATE TABLE audit_log (
    workspace_id  TEXT COLLATE "C" NOT NULL,
    seq           BIGINT NOT NULL,
    id            TEXT COLLATE "C" NOT NULL UNIQUE,
    at            BIGINT NOT NULL,
    actor_kind    TEXT NOT NULL,
    actor_id      TEXT COLLATE "C",
    action        TEXT NOT NULL,
    target_kind   TEXT,
    target_id     TEXT COLLATE "C",
    details       BYTEA NOT NULL,
    mac           BYTEA NOT NULL,
    PRIMARY KEY (workspace_id, seq)
);

CREATE TABLE audit_heads (
    workspace_id  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    seq           BIGINT NOT NULL,
    mac           BYTEA NOT NULL
);

-- A row without `status` is a request under way, until `locked_until`.
CREATE TABLE idempotency_keys (
    caller        TEXT NOT NULL,
    key_tag       BYTEA NOT NULL,
    request_hash  BYTEA NOT NULL,
    status        BIGINT,
    answer        BYTEA,
    created_at    BIGINT NOT NULL,
    locked_until  BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    PRIMARY KEY (caller, key_tag)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (expires_at);

-- Mail on its way; a row goes when the mail server has taken it.
CREATE TABLE mail (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    message      BYTEA NOT NULL,
    created_at   BIGINT NOT NULL,
    next_try_at  BIGINT NOT NULL,
    attempts     BIGINT NOT NULL
);
CREATE INDEX mail_by_next_try ON mail (next_try_at);

-- What people were last told of an account.
CREATE TABLE told_accounts (
    account_id  TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    state       TEXT NOT NULL,
    told_at     BIGINT NOT NULL
);

-- What accounts are called is sealed from now on; the next step does it.
ALTER TABLE accounts RENAME COLUMN display_name TO clear_display_name;
ALTER TABLE accounts RENAME COLUMN push_name TO clear_push_name;
ALTER TABLE accounts ADD COLUMN display_name BYTEA;
ALTER TABLE accounts ADD COLUMN push_name BYTEA;
CREATE INDEX accounts_by_user ON accounts (user_id, id);
