-- Takes the staged launches that are stored already, so that two processes
-- which bring the same change do not both make a revision of it. A launch that
-- came into raw_launches by other ways becomes known here, with a hash that no
-- payload has.
WITH adopted AS (
    INSERT INTO known_launches (id, source_id, newest_sha256)
    SELECT
        id,
        $1,
        ''
    FROM staged_launches
    ORDER BY id
    ON CONFLICT (id) DO NOTHING
)
SELECT
FROM known_launches
WHERE id IN (SELECT id FROM staged_launches)
ORDER BY id
FOR UPDATE
