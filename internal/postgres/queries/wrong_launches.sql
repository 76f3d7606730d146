-- The launches whose row in typed_launches is not what it should be, of the
-- launches $1 or with NULL of all; the first $2 by their ids. It opens documents. A mass
-- that a run has not added yet is not wrong: see stale_masses.sql.
SELECT coalesce(wanted.id, typed.id)
FROM (
    SELECT *
    FROM launches_from_documents
    WHERE $1::TEXT[] IS NULL OR id = ANY($1::TEXT[])
) AS wanted
FULL JOIN (
    SELECT *
    FROM typed_launches
    WHERE $1::TEXT[] IS NULL OR id = ANY($1::TEXT[])
) AS typed ON typed.id = wanted.id
WHERE ROW(
        typed.id, typed.name, typed.flight_number, typed.launched_at, typed.date_precision, typed.upcoming, typed.success,
        typed.rocket_id, typed.launchpad_id, typed.payload_count, typed.payload_ids,
        typed.simulated_total_payload_mass_kg, typed.simulated_delay_minutes, typed.slip_minutes,
        typed.fetched_at_timestamp, typed.missing_since, typed.revised_at, typed.revisions, typed.slip_days
    ) IS DISTINCT FROM ROW(
        wanted.id, wanted.name, wanted.flight_number, wanted.launched_at, wanted.date_precision, wanted.upcoming, wanted.success,
        wanted.rocket_id, wanted.launchpad_id, wanted.payload_count, wanted.payload_ids,
        wanted.simulated_total_payload_mass_kg, wanted.simulated_delay_minutes, wanted.slip_minutes,
        wanted.fetched_at_timestamp, wanted.missing_since, wanted.revised_at, wanted.revisions, wanted.slip_days
    )
    OR (
        typed.payload_mass_kg IS DISTINCT FROM wanted.payload_mass_kg
        AND NOT EXISTS (
            SELECT
            FROM raw_payloads AS payload
            WHERE payload.id = ANY(wanted.payload_ids)
                AND payload.xmin IN (SELECT transaction_id::XID FROM typed_transactions WHERE written IS NULL)
        )
    )
ORDER BY 1
LIMIT $2
