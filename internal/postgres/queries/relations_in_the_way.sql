-- The names that relations, types and functions have already where new ones are
-- to be created, in the order of the list. The two indexes of raw_launches are
-- not in the way if they came with it, as from pg_dump --table raw_launches (see
-- drop_restored_indexes.sql), or if the table is another role's or partitioned,
-- so that the program creates none.
SELECT taken.name
FROM unnest($1::TEXT[]) WITH ORDINALITY AS wanted (name, position)
CROSS JOIN (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AS home
CROSS JOIN LATERAL (
    SELECT class.relname::TEXT AS name
    FROM pg_class AS class
    WHERE class.relname = wanted.name
        AND class.relnamespace = home.oid
        AND NOT (
            wanted.name IN ('raw_launches_successful', 'raw_launches_simulated')
            AND EXISTS (
                SELECT
                FROM pg_class AS launches
                LEFT JOIN pg_index AS index ON index.indexrelid = class.oid AND index.indrelid = launches.oid
                WHERE launches.relname = 'raw_launches'
                    AND launches.relnamespace = home.oid
                    AND (
                        launches.relkind <> 'r'
                        OR NOT pg_has_role(launches.relowner, 'USAGE')
                        OR split_part(pg_get_indexdef(index.indexrelid), ' USING ', 2) = CASE wanted.name
                            WHEN 'raw_launches_successful' THEN 'btree (id) WHERE (raw_data @> ''{"success": true}''::jsonb)'
                            ELSE 'btree (simulated_total_payload_mass_kg, simulated_delay_minutes)'
                        END
                    )
            )
        )
    UNION
    SELECT type.typname::TEXT
    FROM pg_type AS type
    WHERE type.typname = wanted.name AND type.typnamespace = home.oid AND type.typrelid = 0
    UNION
    SELECT function.proname::TEXT
    FROM pg_proc AS function
    WHERE function.proname = wanted.name AND function.pronamespace = home.oid
        AND function.proname LIKE 'liftoff\_%' -- a function may have the name of a table
) AS taken
ORDER BY wanted.position
