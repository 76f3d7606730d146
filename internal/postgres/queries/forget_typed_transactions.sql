-- Transactions from before the last check need not be known any more.
DELETE FROM typed_transactions
WHERE transaction_id < (SELECT oldest_unchecked FROM typed_checks)
    OR transaction_id > pg_current_xact_id() -- of another server
