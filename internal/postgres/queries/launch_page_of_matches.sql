-- A page of launches whose names few have: all that match $2, a pattern for ILIKE, are found
-- by the index of names, counted and sorted. At most $1 come, from the place $3, $4 on as in
-- launch_page_older.sql, or with $10 as in launch_page_newer.sql. $5 is an outcome, $6 a
-- rocket, $7 a launchpad; '' for any. Dates are from $8 on and before $9. One row comes in
-- any case, with the count.
WITH matching AS MATERIALIZED (
    SELECT *
    FROM launches
    WHERE name ILIKE $2
        -- All outcomes are listed, and the lengths are told, so that another index may help.
        AND CASE WHEN upcoming THEN 3 WHEN success THEN 0 WHEN NOT success THEN 1 ELSE 2 END = ANY (
            CASE $5
                WHEN 'success' THEN '{0}'::INTEGER[]
                WHEN 'failure' THEN '{1}'
                WHEN 'unknown' THEN '{2}'
                WHEN 'upcoming' THEN '{3}'
                ELSE '{0,1,2,3}'
            END
        )
        AND ($6 = '' OR octet_length($6) > 128 OR octet_length(rocket_id) <= 128)
        AND ($7 = '' OR octet_length($7) > 128 OR octet_length(launchpad_id) <= 128)
        AND ($6 = '' OR rocket_id = $6)
        AND ($7 = '' OR launchpad_id = $7)
        AND ($8::TIMESTAMP IS NULL OR launched_at >= $8)
        AND ($9::TIMESTAMP IS NULL OR launched_at < $9)
),
page AS MATERIALIZED (
    SELECT
        *,
        row_number() OVER () AS number
    FROM (
        SELECT *
        FROM matching
        WHERE $4::TEXT IS NULL
            OR CASE
                WHEN $10::BOOLEAN AND $3::TIMESTAMP IS NULL THEN launched_at IS NOT NULL OR id > $4
                WHEN $10::BOOLEAN THEN (launched_at, id) > ($3, $4)
                WHEN $3::TIMESTAMP IS NULL THEN launched_at IS NULL AND id < $4
                ELSE launched_at IS NULL OR (launched_at, id) < ($3, $4)
            END
        ORDER BY
            CASE WHEN $10::BOOLEAN THEN launched_at END ASC NULLS FIRST,
            CASE WHEN $10::BOOLEAN THEN id END ASC,
            launched_at DESC NULLS LAST,
            id DESC
        LIMIT $1
    ) AS sorted
),
-- Their documents are long: each is opened once.
page_rockets AS MATERIALIZED (
    SELECT
        id,
        name
    FROM rockets
    WHERE id IN (SELECT rocket_id FROM page)
),
page_launchpads AS MATERIALIZED (
    SELECT
        id,
        name
    FROM launchpads
    WHERE id IN (SELECT launchpad_id FROM page)
)
SELECT
    coalesce(page.id, '') AS id,
    coalesce(page.name, '') AS name,
    page.launched_at,
    coalesce(page.date_precision, '') AS date_precision,
    coalesce(rocket.name, '') AS rocket,
    coalesce(page.rocket_id, '') AS rocket_id,
    coalesce(launchpad.name, '') AS launchpad,
    coalesce(page.launchpad_id, '') AS launchpad_id,
    page.upcoming,
    page.success,
    page.missing_since,
    page.payload_mass_kg,
    page.simulated_total_payload_mass_kg::BIGINT AS simulated_total_payload_mass_kg,
    page.simulated_delay_minutes::BIGINT AS simulated_delay_minutes,
    page.id IS NOT NULL AS is_match,
    FALSE AS is_last,
    counted.matches
FROM (SELECT count(*) AS matches FROM matching) AS counted
LEFT JOIN page ON TRUE
LEFT JOIN page_rockets AS rocket ON rocket.id = page.rocket_id
LEFT JOIN page_launchpads AS launchpad ON launchpad.id = page.launchpad_id
ORDER BY page.number
