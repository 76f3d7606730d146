-- Numbers that change whenever a table that typed_launches follows from, or
-- typed_launches itself, is written to, emptied or made anew. Whether they can be
-- trusted is to be asked before: see typed_counters_are_reliable.sql.
--
-- Somebody who resets the counters, or a crash of the server, makes them 0 again, as
-- they may have been at the last check: the first two numbers tell that.
SELECT
    concat_ws(
        ' ',
        extract(EPOCH FROM pg_stat_get_bgwriter_stat_reset_time()),
        extract(EPOCH FROM (SELECT pg_stat_get_db_stat_reset_time(oid) FROM pg_database WHERE datname = current_database())),
        ''
    ) || (
        SELECT string_agg(
            concat_ws(
                ' ',
                class.oid,
                pg_relation_filenode(class.oid),
                pg_stat_get_tuples_inserted(class.oid),
                pg_stat_get_tuples_updated(class.oid),
                pg_stat_get_tuples_deleted(class.oid)
            ),
            ', '
            ORDER BY class.oid
        )
        FROM pg_class AS class
        WHERE class.oid IN (
            'launch_revisions'::REGCLASS, 'raw_payloads'::REGCLASS, 'known_launches'::REGCLASS, 'typed_launches'::REGCLASS
        )
        -- With its partitions.
        OR class.oid IN (SELECT leaf.relid FROM pg_partition_tree('raw_launches') AS leaf)
        OR class.oid = 'raw_launches'::REGCLASS
    ) AS counters
