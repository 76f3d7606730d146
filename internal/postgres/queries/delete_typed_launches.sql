-- Deletes the rows of typed_launches, of the launches $1, that raw_launches no
-- longer has.
DELETE FROM typed_launches
WHERE id = ANY($1::TEXT[])
    AND NOT EXISTS (SELECT FROM raw_launches AS first WHERE first.id = typed_launches.id)
