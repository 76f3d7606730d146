SELECT
    extract(YEAR FROM launched_at)::INTEGER AS year,
    count(*) AS launches,
    count(*) FILTER (WHERE success) AS successes
FROM {{ source('liftoff', 'launches') }}
WHERE missing_since IS NULL
    AND launched_at IS NOT NULL
GROUP BY 1
