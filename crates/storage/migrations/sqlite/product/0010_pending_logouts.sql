-- Devices that WhatsApp could not be told of yet: the phone still lists them. Apart from the accounts, because an account
-- that is deleted or linked again leaves its logout behind. `id` is the id under which the vault keeps the session;
-- `proxy` is the way to WhatsApp that the account had, sealed.
CREATE TABLE pending_logouts (
    id          TEXT NOT NULL PRIMARY KEY,
    account_id  TEXT NOT NULL,
    proxy       BLOB,
    since       INTEGER NOT NULL
) STRICT;
