-- How many rows this session has inserted, updated and deleted, for each table as
-- typed_counters.sql counts them, that are not counted there yet. Where $1 is what the
-- answer was at the beginning of the transaction, the difference is noted: this
-- transaction keeps typed_launches in step with what it has written.
WITH watched AS (
    SELECT
        class.oid,
        CASE
            WHEN class.oid IN (
                'launch_revisions'::REGCLASS, 'raw_payloads'::REGCLASS, 'known_launches'::REGCLASS, 'typed_launches'::REGCLASS
            ) THEN class.relname
            ELSE 'raw_launches'
        END AS name
    FROM pg_class AS class
    WHERE class.oid IN (
        'launch_revisions'::REGCLASS, 'raw_payloads'::REGCLASS, 'known_launches'::REGCLASS, 'typed_launches'::REGCLASS,
        'raw_launches'::REGCLASS
    )
    OR class.oid IN (SELECT leaf.relid FROM pg_partition_tree('raw_launches') AS leaf)
),
summed AS (
    SELECT
        name,
        sum(pg_stat_get_xact_tuples_inserted(oid))::BIGINT AS inserted,
        sum(pg_stat_get_xact_tuples_updated(oid))::BIGINT AS updated,
        sum(pg_stat_get_xact_tuples_deleted(oid))::BIGINT AS deleted
    FROM watched
    GROUP BY name
),
so_far AS (
    SELECT array_agg(kind.number ORDER BY summed.name, kind.position) AS numbers
    FROM summed
    CROSS JOIN LATERAL (VALUES (1, inserted), (2, updated), (3, deleted)) AS kind (position, number)
),
noted AS (
    INSERT INTO typed_transactions (transaction_id, written)
    SELECT
        pg_current_xact_id(),
        ARRAY(
            SELECT each.later - each.earlier
            FROM unnest(so_far.numbers, $1::BIGINT[]) WITH ORDINALITY AS each (later, earlier, position)
            ORDER BY each.position
        )
    FROM so_far
    WHERE $1::BIGINT[] IS NOT NULL
    ON CONFLICT DO NOTHING
)
SELECT
    numbers,
    coalesce(pg_current_xact_id_if_assigned()::TEXT, '') AS transaction_id
FROM so_far
