-- Drops the indexes of version 3 from a raw_launches that came with them, as from
-- pg_dump --table raw_launches: version 3 creates the same ones. Run it before
-- version 3, and after relations_in_the_way.sql has found the way free.
DO $$
DECLARE
    restored REGCLASS;
BEGIN
    FOR restored IN
        SELECT index.indexrelid
        FROM pg_index AS index
        INNER JOIN pg_class AS class ON class.oid = index.indexrelid
        INNER JOIN pg_class AS launches ON launches.oid = index.indrelid
        INNER JOIN pg_namespace AS home ON home.oid = launches.relnamespace
        WHERE class.relname IN ('raw_launches_successful', 'raw_launches_simulated')
            AND launches.relname = 'raw_launches'
            AND launches.relkind = 'r'
            AND pg_has_role(launches.relowner, 'USAGE')
            AND home.nspname = current_schema()
    LOOP
        EXECUTE format('DROP INDEX %s', restored);
    END LOOP;
END
$$
