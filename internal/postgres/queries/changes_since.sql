-- Launches that differ from what was stored at a moment ($1), by kind; those whose name, date
-- or outcome has changed come first, then the newest date: at most $2 of each kind, with the
-- number of all. Which state a launch had then is told by when its states were first
-- received. One statement, so that all is of one moment. A launch without a time in
-- raw_launches is of another program, and was there before.
WITH changed AS (
    SELECT
        launch.id,
        launch.name,
        launch.launched_at,
        launch.date_precision,
        launch.upcoming,
        launch.success,
        launch.missing_since,
        CASE
            WHEN launch.missing_since IS NOT NULL THEN 'missing'
            WHEN launch.fetched_at_timestamp > $1 THEN 'new'
            ELSE 'revised'
        END AS kind
    FROM launches AS launch
    WHERE CASE
        WHEN launch.missing_since IS NULL THEN launch.fetched_at_timestamp > $1 OR launch.revised_at > $1
        ELSE launch.missing_since > $1 AND (launch.fetched_at_timestamp > $1) IS NOT TRUE
    END
),
compared AS (
    SELECT
        launch.*,
        liftoff_text(before.document, 'name') AS name_before,
        liftoff_utc_timestamp(before.document ->> 'date_utc') AS launched_at_before,
        liftoff_text(before.document, 'date_precision') AS date_precision_before,
        CASE before.document -> 'upcoming' WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END AS upcoming_before,
        CASE before.document -> 'success' WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END AS success_before
    FROM changed AS launch
    LEFT JOIN LATERAL (
        SELECT coalesce(newest.raw_data, first.raw_data) AS document
        FROM raw_launches AS first
        LEFT JOIN LATERAL (
            SELECT revision.raw_data
            FROM launch_revisions AS revision
            WHERE revision.launch_id = first.id AND revision.first_seen_at <= $1
            ORDER BY revision.revision DESC
            LIMIT 1
        ) AS newest ON TRUE
        WHERE first.id = launch.id AND launch.kind = 'revised'
    ) AS before ON TRUE
),
numbered AS (
    SELECT
        compared.*,
        count(*) OVER (PARTITION BY compared.kind) AS total,
        row_number() OVER (
            PARTITION BY compared.kind
            ORDER BY
                (compared.name, compared.launched_at, compared.date_precision, compared.upcoming, compared.success)
                IS DISTINCT FROM (
                    compared.name_before,
                    compared.launched_at_before,
                    compared.date_precision_before,
                    compared.upcoming_before,
                    compared.success_before
                ) DESC,
                compared.launched_at DESC NULLS LAST,
                compared.id DESC
        ) AS place
    FROM compared
)
SELECT
    launch.kind,
    launch.total,
    launch.id,
    coalesce(launch.name, '') AS name,
    launch.launched_at,
    coalesce(launch.date_precision, '') AS date_precision,
    launch.upcoming,
    launch.success,
    launch.missing_since,
    coalesce(launch.name_before, '') AS name_before,
    launch.launched_at_before,
    coalesce(launch.date_precision_before, '') AS date_precision_before,
    launch.upcoming_before,
    launch.success_before
FROM numbered AS launch
WHERE launch.place <= $2
ORDER BY
    launch.kind,
    launch.place
