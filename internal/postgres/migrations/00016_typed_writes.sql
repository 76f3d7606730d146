-- +goose Up

-- A run's own writes move the server's counters too. With what each transaction wrote
-- noted beside it, the next run can tell that nobody else has written, and need not
-- look through the tables. Databases that 00014 brought up to date before it had these
-- columns get them here.
ALTER TABLE typed_transactions ADD COLUMN IF NOT EXISTS written BIGINT[];
ALTER TABLE typed_checks ADD COLUMN IF NOT EXISTS counted BIGINT[], ADD COLUMN IF NOT EXISTS counted_before XID8;
UPDATE typed_checks SET counters = NULL WHERE counted IS NULL; -- had the numbers in it

-- +goose Down
-- The version before leaves the columns alone, and 00014 needs them.
UPDATE typed_checks SET counters = NULL;
