-- The indexes for looking launches up and paging through them, once there are so
-- many that reading all takes long. They are not made with the table: keeping them up
-- to date would take longer than storing the launches does, and making one of many
-- rows at once takes a fraction of that. An index is left out if the role may not make it.
--
-- Entries of an index are limited to a third of a page, so names and ids are cut.
DO $$
DECLARE
    typed REGCLASS := 'typed_launches'::REGCLASS;
BEGIN
    IF NOT (SELECT pg_has_role(class.relowner, 'USAGE') FROM pg_class AS class WHERE class.oid = typed)
        OR (SELECT count(*) FROM (SELECT FROM typed_launches LIMIT 10000) AS first) < 10000 THEN
        RETURN;
    END IF;
    -- Newest first, page by page; the launches of a year or month.
    CREATE INDEX IF NOT EXISTS typed_launches_newest ON typed_launches (launched_at DESC NULLS LAST, id DESC);
    -- The same of those that succeeded, failed, or have not flown.
    CREATE INDEX IF NOT EXISTS typed_launches_success ON typed_launches (success, launched_at DESC NULLS LAST, id DESC);
    -- The same of a rocket or a launchpad.
    CREATE INDEX IF NOT EXISTS typed_launches_rocket ON typed_launches (left(rocket_id, 128), launched_at DESC NULLS LAST, id DESC);
    CREATE INDEX IF NOT EXISTS typed_launches_launchpad ON typed_launches (left(launchpad_id, 128), launched_at DESC NULLS LAST, id DESC);
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
END
$$
