-- title: The twenty launches whose date has slipped most
-- description: Minutes from the first date that was stored to the newest one; below 0 is earlier. Only dates exact to
--   the hour count, and only changes that were seen: a launch stored after it had flown rarely has one.
-- chart: bar name slip_minutes
-- order: 130

SELECT
    name,
    launched_at,
    slip_minutes
FROM launches
WHERE slip_minutes <> 0
ORDER BY
    slip_minutes DESC NULLS LAST,
    id
LIMIT 20
