-- What became of a transaction, by its id, and the ledger's count of its run.
SELECT
    coalesce(pg_xact_status($1::TEXT::XID8), 'unknown') AS status,
    (SELECT fetched FROM ingestion_runs WHERE id = $2) AS fetched
