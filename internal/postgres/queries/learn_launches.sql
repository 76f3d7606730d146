-- The staged launches become known. If one is stored already in another state,
-- because another program put it into raw_launches, revise_launches.sql follows.
INSERT INTO known_launches (id, source_id, newest_sha256, newest_revision, first_row_hash)
SELECT
    id,
    $1,
    sha256,
    1,
    hash_record_extended(ROW(fetched_at, mass_kg, delay_minutes, raw_data), 0)
FROM staged_launches
ON CONFLICT (id) DO NOTHING -- known already, even if its row in raw_launches was deleted
