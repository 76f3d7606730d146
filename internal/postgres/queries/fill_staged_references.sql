-- If an id comes twice, the last one counts. Times arrive as text in UTC.
INSERT INTO staged_references (id, fetched_at, raw_data)
SELECT DISTINCT ON (listed.id)
    listed.id,
    $3::TEXT::TIMESTAMP,
    listed.raw_data::JSONB
FROM unnest($1::TEXT[], $2::TEXT[]) WITH ORDINALITY AS listed (id, raw_data, place)
ORDER BY
    listed.id,
    listed.place DESC
