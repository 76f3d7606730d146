-- The names that relations have already where new ones are to be created, in
-- the order of the list.
SELECT relation.relname::TEXT
FROM unnest($1::TEXT[]) WITH ORDINALITY AS wanted (name, position)
INNER JOIN pg_class AS relation ON relation.relname = wanted.name
INNER JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
WHERE namespace.nspname = current_schema()
ORDER BY wanted.position
