-- All names, to find those that are spelt nearly like a given one.
SELECT DISTINCT name
FROM launches
WHERE name IS NOT NULL
ORDER BY name
