-- Launches that had not flown yet when they were last seen.
SELECT id
FROM launches
WHERE upcoming
ORDER BY id
LIMIT $1
