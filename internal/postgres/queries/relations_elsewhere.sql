-- Relations with the names that users and other programs know, in other schemas
-- of the search path than the program's own.
SELECT namespace.nspname || '.' || relation.relname
FROM unnest($1::TEXT[]) WITH ORDINALITY AS schema (name, position)
INNER JOIN pg_namespace AS namespace ON namespace.nspname = schema.name
INNER JOIN pg_class AS relation ON relation.relnamespace = namespace.oid
WHERE relation.relname IN ('raw_launches', 'launch_aggregates_view')
ORDER BY
    schema.position,
    relation.relname
