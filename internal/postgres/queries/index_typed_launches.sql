-- The indexes for looking launches up and paging through them, once there are so
-- many that reading all takes long. They are not made with the table: keeping them up
-- to date would take longer than storing the launches does, and making one of many
-- rows at once takes a fraction of that. An index is left out if the role may not make it.
--
-- Entries of an index are limited to a third of a page, so names are cut, and the indexes
-- of rockets and launchpads leave out launches with very long ids of them.
DO $$
DECLARE
    typed REGCLASS := 'typed_launches'::REGCLASS;
    is_known BOOLEAN := to_regclass('typed_launches_outcomes') IS NOT NULL;
BEGIN
    IF NOT (SELECT pg_has_role(class.relowner, 'USAGE') FROM pg_class AS class WHERE class.oid = typed)
        OR (SELECT count(*) FROM (SELECT FROM typed_launches LIMIT 10000) AS first) < 10000 THEN
        RETURN;
    END IF;
    -- Newest first, page by page; the launches of a year or month.
    CREATE INDEX IF NOT EXISTS typed_launches_newest ON typed_launches (launched_at DESC NULLS LAST, id DESC);
    -- The same of each outcome, which is how the launch went. With upcoming and success in
    -- it, the index alone is enough to count.
    CREATE INDEX IF NOT EXISTS typed_launches_outcomes ON typed_launches (
        (CASE WHEN upcoming THEN 3 WHEN success THEN 0 WHEN NOT success THEN 1 ELSE 2 END),
        launched_at DESC NULLS LAST, id DESC
    ) INCLUDE (upcoming, success);
    -- The same of a rocket, a launchpad, and both.
    CREATE INDEX IF NOT EXISTS typed_launches_rockets ON typed_launches (
        (CASE WHEN upcoming THEN 3 WHEN success THEN 0 WHEN NOT success THEN 1 ELSE 2 END),
        rocket_id, launched_at DESC NULLS LAST, id DESC
    ) INCLUDE (upcoming, success) WHERE octet_length(rocket_id) <= 128;
    CREATE INDEX IF NOT EXISTS typed_launches_launchpads ON typed_launches (
        (CASE WHEN upcoming THEN 3 WHEN success THEN 0 WHEN NOT success THEN 1 ELSE 2 END),
        launchpad_id, launched_at DESC NULLS LAST, id DESC
    ) INCLUDE (upcoming, success) WHERE octet_length(launchpad_id) <= 128;
    CREATE INDEX IF NOT EXISTS typed_launches_rockets_launchpads ON typed_launches (
        (CASE WHEN upcoming THEN 3 WHEN success THEN 0 WHEN NOT success THEN 1 ELSE 2 END),
        rocket_id, launchpad_id, launched_at DESC NULLS LAST, id DESC
    ) INCLUDE (upcoming, success) WHERE octet_length(rocket_id) <= 128 AND octet_length(launchpad_id) <= 128;
    -- What earlier versions had instead.
    DROP INDEX IF EXISTS typed_launches_success, typed_launches_rocket, typed_launches_launchpad;
    -- Parts of names, or where pg_trgm cannot be had their beginnings.
    IF to_regclass('typed_launches_name') IS NULL THEN
        BEGIN
            CREATE EXTENSION IF NOT EXISTS pg_trgm;
            CREATE INDEX typed_launches_name ON typed_launches USING gin (name gin_trgm_ops);
        EXCEPTION
            WHEN insufficient_privilege OR feature_not_supported OR undefined_file OR undefined_object THEN
                CREATE INDEX typed_launches_name ON typed_launches (left(lower(name), 128) text_pattern_ops);
        END;
    END IF;
    -- How often each outcome is there: the planner cannot tell before.
    IF NOT is_known THEN
        ANALYZE typed_launches;
    END IF;
END
$$
