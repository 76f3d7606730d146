SELECT
    json_extract_scalar(core, '$.landing_type') AS landing_type,
    count(*) AS attempts,
    count_if(json_extract_scalar(core, '$.landing_success') = 'true') AS landings
FROM raw_launches
CROSS JOIN UNNEST(TRY_CAST(json_extract(raw_data, '$.cores') AS array(json))) AS listed (core)
WHERE json_extract_scalar(core, '$.landing_attempt') = 'true'
GROUP BY json_extract_scalar(core, '$.landing_type')
ORDER BY
    attempts DESC,
    landing_type
