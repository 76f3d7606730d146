-- title: The twenty launches whose date slipped most
-- description: Days and minutes from the first stored date to the newest one; negative means earlier. Days count if
--   both dates are known to the day or hour, or both to the month. Minutes need the hour, and are NULL without it.
--   Only changes that a run has seen count: a launch stored after it flew rarely has one.
-- chart: bar name slip_days
-- units: slip_days days, slip_minutes minutes
-- order: 130

SELECT
    name,
    launched_at,
    date_precision,
    slip_days,
    slip_minutes
FROM launches
WHERE (slip_days <> 0 OR slip_minutes <> 0)
    AND missing_since IS NULL
ORDER BY
    slip_days DESC NULLS LAST,
    slip_minutes DESC NULLS LAST,
    id
LIMIT 20
