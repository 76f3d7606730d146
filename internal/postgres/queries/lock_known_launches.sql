-- Locks the staged launches, which are all known by now, so that two
-- processes that bring the same change do not both store a revision of it.
SELECT
FROM known_launches
WHERE id IN (SELECT id FROM staged_launches)
ORDER BY id
FOR UPDATE
