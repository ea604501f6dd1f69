-- The refresh token that was replaced last: two tabs may refresh at once.

ALTER TABLE sign_ins ADD COLUMN previous_hash BLOB;
