-- How many launches there are, counted up to $1. The filters are those of launch_page_older.sql.
SELECT count(*)
FROM (
    SELECT
    FROM launches
    WHERE ($2 = '' OR name ILIKE $2)
        AND ($3 = '' OR $3 = CASE WHEN upcoming THEN 'upcoming' WHEN success THEN 'success' WHEN NOT success THEN 'failure' ELSE 'unknown' END)
        AND ($4 = '' OR rocket_id = $4)
        AND ($5 = '' OR launchpad_id = $5)
        AND ($6::TIMESTAMP IS NULL OR launched_at >= $6)
        AND ($7::TIMESTAMP IS NULL OR launched_at < $7)
    LIMIT $1
) AS counted
