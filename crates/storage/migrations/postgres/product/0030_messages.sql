-- People, chats and messages of each account. What names a person or says what was written is sealed with the account's
-- own key; `*_tag` are keyed hashes of that key, by which rows are found. Times, directions, kinds and statuses are clear.

-- The account's key, sealed by the installation's data key. It goes with the account, and all that it sealed is lost.
-- `epoch` names the connection that may write on the account's behalf; `last_place` gives out places in its queue.
CREATE TABLE account_contents (
    account_id  TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    sealed_key  BYTEA NOT NULL,
    epoch       BIGINT NOT NULL,
    last_place  BIGINT NOT NULL
);

CREATE TABLE contacts (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account_id  TEXT COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    phone_tag   BYTEA,
    lid_tag     BYTEA,
    detail      BYTEA NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX contacts_by_phone ON contacts (account_id, phone_tag);
CREATE UNIQUE INDEX contacts_by_lid ON contacts (account_id, lid_tag);
CREATE INDEX contacts_by_account ON contacts (account_id, id);

-- Numbers as callers spell them, where WhatsApp has another form.
CREATE TABLE contact_spellings (
    account_id  TEXT COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    phone_tag   BYTEA NOT NULL,
    contact_id  TEXT COLLATE "C" NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, phone_tag)
);
CREATE INDEX contact_spellings_by_contact ON contact_spellings (contact_id);

-- `contact_id` is the other side of a direct chat, whose address is the person's; other chats are found by `address_tag`.
-- `resolved` is 1 once WhatsApp has told its own form of the address.
CREATE TABLE chats (
    id               TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account_id       TEXT COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind             TEXT NOT NULL,
    contact_id       TEXT COLLATE "C" REFERENCES contacts (id) ON DELETE CASCADE,
    address_tag      BYTEA,
    detail           BYTEA NOT NULL,
    resolved         BIGINT NOT NULL,
    unread           BIGINT NOT NULL,
    last_message_id  TEXT COLLATE "C",
    last_message_at  BIGINT NOT NULL,
    created_at       BIGINT NOT NULL
);
CREATE UNIQUE INDEX chats_by_contact ON chats (contact_id);
CREATE UNIQUE INDEX chats_by_address ON chats (account_id, address_tag);
CREATE INDEX chats_by_age ON chats (account_id, last_message_at, id);

-- Ids of people and chats that turned out to be others. They keep working.
CREATE TABLE merged_ids (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account_id  TEXT COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    now_id      TEXT COLLATE "C" NOT NULL
);
CREATE INDEX merged_ids_by_account ON merged_ids (account_id, now_id);

-- `wire` is the protocol's own form of the content: of an outbound message the bytes that every attempt sends.
-- `place` is its place in the account's queue; a scheduled message gets one when it is due.
CREATE TABLE messages (
    id             TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account_id     TEXT COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    chat_id        TEXT COLLATE "C" NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    sender_id      TEXT COLLATE "C" NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    wa_tag         BYTEA,
    reference_tag  BYTEA,
    direction      TEXT NOT NULL,
    origin         TEXT NOT NULL,
    actor_kind     TEXT,
    actor_id       TEXT COLLATE "C",
    kind           TEXT NOT NULL,
    is_act         BIGINT NOT NULL,
    status         TEXT NOT NULL,
    status_at      BIGINT NOT NULL,
    received_via   TEXT,
    priority       TEXT,
    send_at        BIGINT,
    due_at         BIGINT,
    expires_at     BIGINT,
    place          BIGINT,
    attempts       BIGINT NOT NULL,
    timestamp      BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    detail         BYTEA NOT NULL,
    wire           BYTEA
);
-- A message is one by account, chat, sender and WhatsApp's id.
CREATE UNIQUE INDEX messages_by_key ON messages (chat_id, sender_id, wa_tag);
CREATE INDEX messages_by_wa_id ON messages (account_id, wa_tag);
CREATE INDEX messages_by_time ON messages (account_id, timestamp, id);
CREATE INDEX messages_by_chat ON messages (chat_id, timestamp, id);
CREATE INDEX messages_by_sender ON messages (sender_id);
CREATE INDEX messages_by_reference ON messages (account_id, reference_tag) WHERE reference_tag IS NOT NULL;
CREATE INDEX messages_waiting ON messages (account_id, place) WHERE status IN ('queued', 'sending');

CREATE TABLE message_receipts (
    message_id    TEXT COLLATE "C" NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    contact_id    TEXT COLLATE "C" NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    delivered_at  BIGINT,
    read_at       BIGINT,
    played_at     BIGINT,
    PRIMARY KEY (message_id, contact_id)
);
CREATE INDEX message_receipts_by_contact ON message_receipts (contact_id);
