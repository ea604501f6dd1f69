-- A session that is set aside is logged out at WhatsApp before it is destroyed. Its lease then stands under the id of the
-- pending logout, and `owner` is the account that its data key and its rows are bound to. Null where that is `account`.
ALTER TABLE vault_leases ADD COLUMN owner BLOB;
