-- This transaction keeps typed_launches in step with what it writes.
INSERT INTO typed_transactions (transaction_id)
VALUES (pg_current_xact_id())
ON CONFLICT DO NOTHING
