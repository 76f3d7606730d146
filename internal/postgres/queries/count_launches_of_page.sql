-- How many launches the filters let through, of at most $1 that are looked at, the newest,
-- and how many of these have a name that matches $2; '' for any, which needs the indexes
-- alone. $3 is an outcome, $4 a rocket, $5 a launchpad; '' for any. Dates are from $6 on and
-- before $7; NULL for any date, also for none. The branches are as in launch_page_older.sql.
WITH filtered AS NOT MATERIALIZED (
    SELECT
        *,
        CASE WHEN upcoming THEN 3 WHEN success THEN 0 WHEN NOT success THEN 1 ELSE 2 END AS outcome
    FROM launches
    WHERE ($4 = '' OR rocket_id = $4)
        AND ($5 = '' OR launchpad_id = $5)
        -- What the indexes say of their rows.
        AND ($4 = '' OR octet_length($4) > 128 OR octet_length(rocket_id) <= 128)
        AND ($5 = '' OR octet_length($5) > 128 OR octet_length(launchpad_id) <= 128)
        AND ($6::TIMESTAMP IS NULL OR launched_at >= $6)
        AND ($7::TIMESTAMP IS NULL OR launched_at < $7)
),
walked AS NOT MATERIALIZED (
    (SELECT * FROM filtered WHERE $3 = '' AND $4 = '' AND $5 = '' ORDER BY launched_at DESC NULLS LAST, id DESC LIMIT $1)
    UNION ALL
    (SELECT * FROM filtered WHERE outcome = 0 AND ($3 = 'success' OR $3 = '' AND $4 || $5 <> '') ORDER BY launched_at DESC NULLS LAST, id DESC LIMIT $1)
    UNION ALL
    (SELECT * FROM filtered WHERE outcome = 1 AND ($3 = 'failure' OR $3 = '' AND $4 || $5 <> '') ORDER BY launched_at DESC NULLS LAST, id DESC LIMIT $1)
    UNION ALL
    (SELECT * FROM filtered WHERE outcome = 2 AND ($3 = 'unknown' OR $3 = '' AND $4 || $5 <> '') ORDER BY launched_at DESC NULLS LAST, id DESC LIMIT $1)
    UNION ALL
    (SELECT * FROM filtered WHERE outcome = 3 AND ($3 = 'upcoming' OR $3 = '' AND $4 || $5 <> '') ORDER BY launched_at DESC NULLS LAST, id DESC LIMIT $1)
)
SELECT
    count(*) AS looked_at,
    count(*) FILTER (WHERE $2 = '' OR name ILIKE $2) AS matches
FROM (
    SELECT name
    FROM walked
    LIMIT $1
) AS looked_at
