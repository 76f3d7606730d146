-- title: The twenty launches whose date slipped most
-- description: Minutes from the first stored date to the newest one; negative means earlier. Only dates exact to the
--   hour count, and only changes that a run has seen: a launch stored after it flew rarely has one.
-- chart: bar name slip_minutes
-- units: slip_minutes minutes
-- order: 130

SELECT
    name,
    launched_at,
    slip_minutes
FROM launches
WHERE slip_minutes <> 0
    AND missing_since IS NULL
ORDER BY
    slip_minutes DESC NULLS LAST,
    id
LIMIT 20
