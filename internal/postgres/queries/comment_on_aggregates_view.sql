-- Notes how the view was created, for aggregates_view_current.sql.
DO $$
BEGIN
    EXECUTE (
        SELECT format(
            'COMMENT ON VIEW %s IS %L',
            view.oid::REGCLASS,
            'made by liftoff '
            || current_setting('liftoff.view_statement')
            || ' '
            || left(encode(sha256(convert_to(pg_get_viewdef(view.oid) || coalesce(view.reloptions::TEXT, ''), 'UTF8')), 'hex'), 16)
        )
        FROM pg_class AS view
        WHERE view.oid = to_regclass('launch_aggregates_view')
    );
END
$$
