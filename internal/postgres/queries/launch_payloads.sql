-- The payloads that the launch $1 lists, also those that are not stored.
SELECT
    listed.id,
    coalesce(payload.name, '') AS name,
    coalesce(payload.type, '') AS type,
    coalesce(payload.orbit, '') AS orbit,
    payload.mass_kg
FROM typed_launches AS launch
CROSS JOIN LATERAL unnest(launch.payload_ids) AS listed (id)
LEFT JOIN payloads AS payload ON payload.id = listed.id
WHERE launch.id = $1
    AND listed.id IS NOT NULL
ORDER BY listed.id COLLATE "C"
