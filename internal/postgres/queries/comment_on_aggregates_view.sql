-- Says what the view and its columns are, and notes at the end how the view was
-- created, for aggregates_view_current.sql.
DO $$
DECLARE
    it RECORD;
BEGIN
    FOR it IN
        SELECT format(
            'COMMENT ON VIEW %s IS %L',
            view.oid::REGCLASS,
            'The totals over all launches that the source still has, in one row. (made by liftoff '
            || current_setting('liftoff.view_statement')
            || ' '
            || left(encode(sha256(convert_to(pg_get_viewdef(view.oid) || coalesce(view.reloptions::TEXT, ''), 'UTF8')), 'hex'), 16)
            || ')'
        ) AS statement
        FROM pg_class AS view
        WHERE view.oid = to_regclass('launch_aggregates_view')
        UNION ALL
        SELECT format('COMMENT ON COLUMN %s.%I IS %L', to_regclass('launch_aggregates_view'), wanted.name, wanted.text)
        FROM (
            VALUES
                ('total_launches', 'How many launches there are, flown or not.'),
                ('total_successful_launches', 'How many of them succeeded.'),
                ('average_payload_mass', 'SIMULATED, not real: average total payload mass in kg; NULL if there are no launches.'),
                ('average_launch_delay_minutes', 'SIMULATED, not real: average delay in minutes; NULL if there are no launches.')
        ) AS wanted (name, text)
    LOOP
        EXECUTE it.statement;
    END LOOP;
END
$$
