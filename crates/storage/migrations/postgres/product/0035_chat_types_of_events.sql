-- What kind of chat an event happened in; null where it happened in none. Events from before count as such.
ALTER TABLE events ADD COLUMN chat_type TEXT;
