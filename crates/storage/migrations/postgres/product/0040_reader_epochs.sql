-- Which holder of a durable reader may move its cursor: each one that takes it raises the number.

ALTER TABLE cursors ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0;
