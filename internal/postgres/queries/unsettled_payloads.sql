-- Payloads that are likely to change: those of launches that are upcoming, then
-- those that are stored without a mass; of each the newest ids first, at most $1.
WITH unsettled AS (
    SELECT
        listed.id,
        TRUE AS is_upcoming
    FROM typed_launches AS launch
    CROSS JOIN LATERAL unnest(launch.payload_ids) AS listed (id)
    WHERE launch.upcoming
    UNION ALL
    SELECT
        id,
        FALSE
    FROM raw_payloads
    WHERE mass_kg IS NULL
)
SELECT id
FROM unsettled
WHERE id <> '' AND octet_length(id) <= 128 -- no stored id is longer
GROUP BY id
ORDER BY
    bool_or(is_upcoming) DESC,
    id COLLATE "C" DESC
LIMIT $1
