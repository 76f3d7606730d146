-- Launches, the oldest first and those without a date before them: at most $1, from a
-- place on. It is launch_page_older.sql the other way round.
WITH filtered AS NOT MATERIALIZED (
    SELECT
        *,
        CASE WHEN upcoming THEN 3 WHEN success THEN 0 WHEN NOT success THEN 1 ELSE 2 END AS outcome
    FROM launches
    WHERE ($7 = '' OR rocket_id = $7)
        AND ($8 = '' OR launchpad_id = $8)
        -- What the indexes say of their rows.
        AND ($7 = '' OR octet_length($7) > 128 OR octet_length(rocket_id) <= 128)
        AND ($8 = '' OR octet_length($8) > 128 OR octet_length(launchpad_id) <= 128)
),
dated AS NOT MATERIALIZED (
    SELECT *
    FROM filtered
    WHERE launched_at IS NOT NULL
        AND ($9::TIMESTAMP IS NULL OR launched_at >= $9)
        AND ($10::TIMESTAMP IS NULL OR launched_at < $10)
        AND ($4::TIMESTAMP IS NULL OR (launched_at, id) > ($4, $5))
),
undated AS NOT MATERIALIZED (
    SELECT *
    FROM filtered
    WHERE launched_at IS NULL
        AND $9::TIMESTAMP IS NULL
        AND $10::TIMESTAMP IS NULL
        AND $4::TIMESTAMP IS NULL
        AND ($5::TEXT IS NULL OR id > $5)
),
walked AS NOT MATERIALIZED (
    (SELECT * FROM dated WHERE $6 = '' AND $7 = '' AND $8 = '' ORDER BY launched_at ASC NULLS FIRST, id ASC LIMIT $2)
    UNION ALL
    (SELECT * FROM undated WHERE $6 = '' AND $7 = '' AND $8 = '' ORDER BY launched_at ASC NULLS FIRST, id ASC LIMIT $2)
    UNION ALL
    (SELECT * FROM dated WHERE outcome = 0 AND ($6 = 'success' OR $6 = '' AND $7 || $8 <> '') ORDER BY launched_at ASC NULLS FIRST, id ASC LIMIT $2)
    UNION ALL
    (SELECT * FROM dated WHERE outcome = 1 AND ($6 = 'failure' OR $6 = '' AND $7 || $8 <> '') ORDER BY launched_at ASC NULLS FIRST, id ASC LIMIT $2)
    UNION ALL
    (SELECT * FROM dated WHERE outcome = 2 AND ($6 = 'unknown' OR $6 = '' AND $7 || $8 <> '') ORDER BY launched_at ASC NULLS FIRST, id ASC LIMIT $2)
    UNION ALL
    (SELECT * FROM dated WHERE outcome = 3 AND ($6 = 'upcoming' OR $6 = '' AND $7 || $8 <> '') ORDER BY launched_at ASC NULLS FIRST, id ASC LIMIT $2)
    UNION ALL
    (SELECT * FROM undated WHERE outcome = 0 AND ($6 = 'success' OR $6 = '' AND $7 || $8 <> '') ORDER BY launched_at ASC NULLS FIRST, id ASC LIMIT $2)
    UNION ALL
    (SELECT * FROM undated WHERE outcome = 1 AND ($6 = 'failure' OR $6 = '' AND $7 || $8 <> '') ORDER BY launched_at ASC NULLS FIRST, id ASC LIMIT $2)
    UNION ALL
    (SELECT * FROM undated WHERE outcome = 2 AND ($6 = 'unknown' OR $6 = '' AND $7 || $8 <> '') ORDER BY launched_at ASC NULLS FIRST, id ASC LIMIT $2)
    UNION ALL
    (SELECT * FROM undated WHERE outcome = 3 AND ($6 = 'upcoming' OR $6 = '' AND $7 || $8 <> '') ORDER BY launched_at ASC NULLS FIRST, id ASC LIMIT $2)
),
page AS MATERIALIZED (
    SELECT
        *,
        $3 = '' OR coalesce(name ILIKE $3, FALSE) AS is_match,
        number = $2 AS is_last
    FROM (
        SELECT
            *,
            row_number() OVER (ORDER BY launched_at ASC NULLS FIRST, id ASC) AS number
        FROM walked
        ORDER BY
            launched_at ASC NULLS FIRST,
            id ASC
        LIMIT $2
    ) AS looked_at
    WHERE $3 = '' OR name ILIKE $3 OR number = $2
    LIMIT $1
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
    page.is_match,
    page.is_last,
    0 AS matches
FROM page
LEFT JOIN page_rockets AS rocket ON rocket.id = page.rocket_id
LEFT JOIN page_launchpads AS launchpad ON launchpad.id = page.launchpad_id
ORDER BY page.number
