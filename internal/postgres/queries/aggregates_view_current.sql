-- Whether launch_aggregates_view is as this program would create it. The view's
-- comment ends with the hash of the statement that created it, and the hash of what
-- PostgreSQL made of that: so a newer statement shows, and so does a change by
-- hand. This neither waits for the view's readers nor makes them wait.
SELECT coalesce(
    (
        SELECT obj_description(view.oid, 'pg_class') LIKE '%(made by liftoff '
            || $1
            || ' '
            || left(encode(sha256(convert_to(pg_get_viewdef(view.oid) || coalesce(view.reloptions::TEXT, ''), 'UTF8')), 'hex'), 16)
            || ')'
        FROM pg_class AS view
        INNER JOIN pg_namespace AS namespace ON namespace.oid = view.relnamespace
        WHERE view.oid = to_regclass('launch_aggregates_view')
            AND view.relkind = 'v'
            AND namespace.nspname = current_schema()
    ),
    FALSE
)
