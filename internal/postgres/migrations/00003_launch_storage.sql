-- +goose Up

-- How raw_launches is stored, not what is in it. An adopted table that another
-- role owns stays as it is: everything works, only more slowly.
-- +goose StatementBegin
DO $$
DECLARE
    launches REGCLASS := 'raw_launches'::REGCLASS;
BEGIN
    IF NOT (SELECT relkind = 'r' AND pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = launches) THEN
        RAISE NOTICE 'raw_launches is another role''s table, or partitioned: its storage stays as it is';
        RETURN;
    END IF;
    -- Documents of up to 8 kB stay in the row as they are. Compressing them
    -- would cost half of an ingestion's time and would have to be undone for
    -- each field that a query looks at.
    EXECUTE format('ALTER TABLE %s SET (toast_tuple_target = 8160)', launches);
    -- Serves the count of successful launches in launch_aggregates_view and
    -- tells by id whether a first payload was one, without opening a document.
    EXECUTE format('CREATE INDEX raw_launches_successful ON %s (id) WHERE raw_data @> ''{"success": true}''', launches);
    -- Serves the averages and the total of launch_aggregates_view.
    EXECUTE format('CREATE INDEX raw_launches_simulated ON %s (simulated_total_payload_mass_kg, simulated_delay_minutes)', launches);
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP INDEX IF EXISTS raw_launches_simulated;
DROP INDEX IF EXISTS raw_launches_successful;
ALTER TABLE raw_launches RESET (toast_tuple_target);
