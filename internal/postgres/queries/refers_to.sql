-- Whether a launch of the source $1 refers to references of the kind $2 in its
-- first document. The first such launch ends the search.
SELECT EXISTS (
    SELECT
    FROM known_launches AS known
    INNER JOIN ingestion_sources AS source ON source.id = known.source_id
    INNER JOIN raw_launches AS launch ON launch.id = known.id COLLATE "default"
    WHERE source.url = $1
        AND jsonb_path_exists(launch.raw_data, CASE $2
            WHEN 'payloads' THEN '$.payloads[*]'
            WHEN 'rockets' THEN '$.rocket ? (@ != null)'
            ELSE '$.launchpad ? (@ != null)'
        END::JSONPATH)
)
