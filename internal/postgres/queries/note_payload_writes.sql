-- The transaction $1 has written the payloads that are counted in $2, and the masses of
-- launches follow them.
INSERT INTO typed_transactions (transaction_id, written)
VALUES ($1::TEXT::XID8, $2::BIGINT[])
ON CONFLICT DO NOTHING
