-- Which of the given relations are not there, wherever the search path leads.
SELECT name
FROM unnest($1::TEXT[]) AS name
WHERE to_regclass(name) IS NULL
ORDER BY name
