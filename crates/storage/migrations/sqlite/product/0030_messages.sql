-- People, chats and messages of each account. What names a person or says what was written is sealed with the account's
-- own key; `*_tag` are keyed hashes of that key, by which rows are found. Times, directions, kinds and statuses are clear.

-- The account's key, sealed by the installation's data key. It goes with the account, and all that it sealed is lost.
-- `epoch` names the connection that may write on the account's behalf; `last_place` gives out places in its queue.
CREATE TABLE account_contents (
    account_id  TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    sealed_key  BLOB NOT NULL,
    epoch       INTEGER NOT NULL,
    last_place  INTEGER NOT NULL
) STRICT;

CREATE TABLE contacts (
    id          TEXT NOT NULL PRIMARY KEY,
    account_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    phone_tag   BLOB,
    lid_tag     BLOB,
    detail      BLOB NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX contacts_by_phone ON contacts (account_id, phone_tag);
CREATE UNIQUE INDEX contacts_by_lid ON contacts (account_id, lid_tag);
CREATE INDEX contacts_by_account ON contacts (account_id, id);

-- Numbers as callers spell them, where WhatsApp has another form.
CREATE TABLE contact_spellings (
    account_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    phone_tag   BLOB NOT NULL,
    contact_id  TEXT NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, phone_tag)
) STRICT;
CREATE INDEX contact_spellings_by_contact ON contact_spellings (contact_id);

-- `contact_id` is the other side of a direct chat, whose address is the person's; other chats are found by `address_tag`.
-- `resolved` is 1 once WhatsApp has told its own form of the address.
CREATE TABLE chats (
    id               TEXT NOT NULL PRIMARY KEY,
    account_id       TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind             TEXT NOT NULL,
    contact_id       TEXT REFERENCES contacts (id) ON DELETE CASCADE,
    address_tag      BLOB,
    detail           BLOB NOT NULL,
    resolved         INTEGER NOT NULL,
    unread           INTEGER NOT NULL,
    last_message_id  TEXT,
    last_message_at  INTEGER NOT NULL,
    created_at       INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX chats_by_contact ON chats (contact_id);
CREATE UNIQUE INDEX chats_by_address ON chats (account_id, address_tag);
CREATE INDEX chats_by_age ON chats (account_id, last_message_at, id);

-- Ids of people and chats that turned out to be others. They keep working.
CREATE TABLE merged_ids (
    id          TEXT NOT NULL PRIMARY KEY,
    account_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    now_id      TEXT NOT NULL
) STRICT;
CREATE INDEX merged_ids_by_account ON merged_ids (account_id, now_id);

-- `wire` is the protocol's own form of the content: of an outbound message the bytes that every attempt sends.
-- `place` is its place in the account's queue; a scheduled message gets one when it is due.
CREATE TABLE messages (
    id             TEXT NOT NULL PRIMARY KEY,
    account_id     TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    chat_id        TEXT NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    sender_id      TEXT NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    wa_tag         BLOB,
    reference_tag  BLOB,
    direction      TEXT NOT NULL,
    origin         TEXT NOT NULL,
    actor_kind     TEXT,
    actor_id       TEXT,
    kind           TEXT NOT NULL,
    is_act         INTEGER NOT NULL,
    status         TEXT NOT NULL,
    status_at      INTEGER NOT NULL,
    received_via   TEXT,
    priority       TEXT,
    send_at        INTEGER,
    due_at         INTEGER,
    expires_at     INTEGER,
    place          INTEGER,
    attempts       INTEGER NOT NULL,
    timestamp      INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    detail         BLOB NOT NULL,
    wire           BLOB
) STRICT;
-- A message is one by account, chat, sender and WhatsApp's id.
CREATE UNIQUE INDEX messages_by_key ON messages (chat_id, sender_id, wa_tag);
CREATE INDEX messages_by_wa_id ON messages (account_id, wa_tag);
CREATE INDEX messages_by_time ON messages (account_id, timestamp, id);
CREATE INDEX messages_by_chat ON messages (chat_id, timestamp, id);
CREATE INDEX messages_by_sender ON messages (sender_id);
CREATE INDEX messages_by_reference ON messages (account_id, reference_tag) WHERE reference_tag IS NOT NULL;
CREATE INDEX messages_waiting ON messages (account_id, place) WHERE status IN ('queued', 'sending');

CREATE TABLE message_receipts (
    message_id    TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    contact_id    TEXT NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    delivered_at  INTEGER,
    read_at       INTEGER,
    played_at     INTEGER,
    PRIMARY KEY (message_id, contact_id)
) STRICT;
CREATE INDEX message_receipts_by_contact ON message_receipts (contact_id);
