-- Which of the launches $1 had flown when they were last seen.
SELECT id
FROM typed_launches
WHERE id = ANY($1::TEXT[]) AND NOT upcoming
ORDER BY id
