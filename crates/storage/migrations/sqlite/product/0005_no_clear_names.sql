-- Everything that the step before sealed.

ALTER TABLE users DROP COLUMN clear_email;
ALTER TABLE accounts DROP COLUMN clear_display_name;
ALTER TABLE accounts DROP COLUMN clear_push_name;
