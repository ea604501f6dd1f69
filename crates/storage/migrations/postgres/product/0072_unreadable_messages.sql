-- Messages that could not be read are looked for at each start of an account, and are few.
CREATE INDEX messages_unreadable ON messages (account_id, timestamp) WHERE kind = 'undecryptable';
