-- A missing launch is only marked, never deleted; one that comes back loses its
-- mark. One that another source has sent meanwhile is that source's.
UPDATE known_launches
SET missing_since = $2::TEXT::TIMESTAMP
WHERE id = ANY($1::TEXT[])
    AND missing_since IS NULL
    AND source_id = $3
