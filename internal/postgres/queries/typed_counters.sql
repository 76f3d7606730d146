-- What changes whenever a table that typed_launches follows from, or typed_launches
-- itself, is emptied or made anew, and how many rows were ever inserted, updated and
-- deleted there, in the order of the tables' names. Whether the numbers can be trusted is
-- to be asked before: see typed_counters_are_reliable.sql.
--
-- Somebody who resets the counters, or a crash of the server, makes them 0 again, as
-- they may have been at the last check: the first two values tell that.
WITH watched AS (
    SELECT
        class.oid,
        -- raw_launches may have partitions.
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
        sum(pg_stat_get_tuples_inserted(oid))::BIGINT AS inserted,
        sum(pg_stat_get_tuples_updated(oid))::BIGINT AS updated,
        sum(pg_stat_get_tuples_deleted(oid))::BIGINT AS deleted
    FROM watched
    GROUP BY name
)
SELECT
    concat_ws(
        ' ',
        extract(EPOCH FROM pg_stat_get_bgwriter_stat_reset_time()),
        extract(EPOCH FROM (SELECT pg_stat_get_db_stat_reset_time(oid) FROM pg_database WHERE datname = current_database())),
        (SELECT string_agg(concat_ws(' ', oid, pg_relation_filenode(oid)), ', ' ORDER BY oid) FROM watched)
    ) AS identity,
    (
        SELECT array_agg(kind.number ORDER BY summed.name, kind.position)
        FROM summed
        CROSS JOIN LATERAL (VALUES (1, inserted), (2, updated), (3, deleted)) AS kind (position, number)
    ) AS counted
