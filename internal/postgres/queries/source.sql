-- What earlier runs know about a source. The list tag counts only while all
-- launches that it stands for are in raw_launches, and the watermark only while
-- there are any, so that a table that was emptied is filled again. If the ledger
-- was emptied, the gaps have gone with it: then the watermark does not count.
SELECT
    CASE
        WHEN EXISTS (SELECT FROM raw_launches)
            AND EXISTS (SELECT FROM ingestion_runs WHERE source_id = source.id AND status <> 'running') THEN source.watermark
    END AS watermark,
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
