-- Which of these launches had flown when they were last seen. LATERAL with LIMIT
-- looks up the newest revision in the index; the view would sort all of them.
SELECT first.id
FROM raw_launches AS first
LEFT JOIN LATERAL (
    SELECT raw_data
    FROM launch_revisions
    WHERE launch_id = first.id
    ORDER BY revision DESC
    LIMIT 1
) AS newest ON TRUE
WHERE first.id = ANY($1::TEXT[])
    AND coalesce(newest.raw_data, first.raw_data) @> '{"upcoming": false}'
ORDER BY first.id
