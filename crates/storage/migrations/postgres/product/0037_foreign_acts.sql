-- Reactions and revokes of messages that are not here, by their own ids: WhatsApp may bring one twice.
CREATE TABLE foreign_acts (
    chat_id    TEXT NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    sender_id  TEXT NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    wa_tag     BYTEA NOT NULL,
    PRIMARY KEY (chat_id, sender_id, wa_tag)
);
CREATE INDEX foreign_acts_by_sender ON foreign_acts (sender_id);
