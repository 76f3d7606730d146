-- Never deleted, only marked; a launch that comes back loses the mark.
UPDATE known_launches
SET missing_since = $2::TEXT::TIMESTAMP
WHERE id = ANY($1::TEXT[]) AND missing_since IS NULL
