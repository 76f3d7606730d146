-- The transaction $1 is noted again, with what it has written. Not an UPDATE: runs need no
-- privilege for that.
DELETE FROM typed_transactions
WHERE transaction_id = $1::TEXT::XID8
