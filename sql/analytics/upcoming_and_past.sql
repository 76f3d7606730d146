-- title: Past and upcoming launches
-- description: The API's flag decides, not the date: an upcoming launch may have a date in the past, and a date known
--   only to the month is stored as the month's first day. Dates are UTC and NULL if unknown.
--   Missing launches, which the API no longer has, are left out.
-- chart: bar status launches
-- units: launches count
-- order: 30

SELECT
    CASE
        WHEN upcoming THEN 'upcoming'
        WHEN NOT upcoming THEN 'past'
        ELSE 'not stated'
    END AS status,
    count(*) AS launches,
    min(launched_at) AS earliest_date,
    max(launched_at) AS latest_date
FROM launches
WHERE missing_since IS NULL
GROUP BY upcoming
ORDER BY upcoming NULLS LAST
