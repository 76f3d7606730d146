SELECT
    landing_type,
    attempts,
    landings
FROM TABLE(postgres.system.query(query => '
    SELECT
        core ->> ''landing_type'' AS landing_type,
        count(*) AS attempts,
        count(*) FILTER (WHERE core @> ''{"landing_success": true}'') AS landings
    FROM raw_launches
    CROSS JOIN jsonb_path_query(raw_data, ''$.cores[*]'') AS core
    WHERE core @> ''{"landing_attempt": true}''
    GROUP BY core ->> ''landing_type'''))
ORDER BY
    attempts DESC,
    landing_type
