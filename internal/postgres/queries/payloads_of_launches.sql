-- The payloads that the newest state of each of the launches $1 lists, stored or
-- not.
SELECT DISTINCT listed.id
FROM typed_launches AS launch
CROSS JOIN LATERAL unnest(launch.payload_ids) AS listed (id)
WHERE launch.id = ANY($1::TEXT[])
    AND listed.id <> ''
    AND octet_length(listed.id) <= 128 -- no stored id is longer
