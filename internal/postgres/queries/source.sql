-- What earlier runs know of a source. The list's tag counts only as long as
-- all launches that it stood for are still in raw_launches, the watermark only
-- while there is any: an emptied table is filled anew.
SELECT
    CASE WHEN EXISTS (SELECT FROM raw_launches) THEN source.watermark END AS watermark,
    coalesce(source.newest_launch_id, ''),
    CASE
        WHEN source.list_tag IS NULL THEN ''
        WHEN source.list_launches <= (SELECT count(*) FROM raw_launches) THEN source.list_tag
        ELSE ''
    END AS list_tag,
    coalesce(
        (
            SELECT run.fetched
            FROM ingestion_runs AS run
            WHERE run.source_id = source.id AND run.selection = 'all' AND run.status = 'succeeded'
            ORDER BY run.id DESC
            LIMIT 1
        ),
        0
    ) AS last_fetched
FROM ingestion_sources AS source
WHERE source.url = $1
