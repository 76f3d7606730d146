-- The backfill $1, or the newest one if it is 0, and how far it has come. A worker is at
-- work if its session holds the lock of its run, whose class is $2: at parts, or between
-- two, or waiting for the part of one that seems to be gone, or after the last one. $3 is how many seconds a
-- backfill may be open.
--
-- The speed is launches for each second of a part, in the parts that were done last,
-- times the parts that are being worked on: so it follows at once when workers come and
-- go. A worker is at several parts at once.
WITH backfill AS (
    SELECT
        id,
        source_id,
        since,
        started_at,
        finished_at,
        announced,
        started_at <= timezone('UTC', clock_timestamp()) - make_interval(secs => $3) AS is_old
    FROM ingestion_backfills
    WHERE $1::BIGINT = 0 OR id = $1
    ORDER BY id DESC
    LIMIT 1
),
part AS (
    SELECT
        run_id,
        claimed_at,
        finished_at,
        fetched,
        row_number() OVER (ORDER BY finished_at DESC NULLS LAST, number DESC) AS newest
    FROM ingestion_backfill_ranges
    WHERE backfill_id = (SELECT id FROM backfill)
),
progress AS (
    SELECT
        count(*) AS parts,
        count(finished_at) AS done,
        coalesce(sum(fetched), 0)::BIGINT AS fetched,
        max(finished_at) AS last_done_at,
        extract(EPOCH FROM max(finished_at) - min(claimed_at))::FLOAT8 AS seconds
    FROM part
),
at_work AS (
    SELECT
        count(DISTINCT run.id) AS workers,
        -- One that is at none is about to begin one.
        greatest(count(part.run_id), least(count(DISTINCT run.id), max(progress.parts - progress.done))) AS parts
    FROM backfill
    CROSS JOIN progress
    INNER JOIN ingestion_runs AS run
        ON run.source_id = backfill.source_id AND run.status = 'running' AND run.selection = 'backfill'
    INNER JOIN pg_locks AS held ON held.objid = (run.id % 2147483647)::OID
    LEFT JOIN part ON part.run_id = run.id AND part.finished_at IS NULL
    WHERE (
            part.run_id IS NOT NULL
            OR (backfill.finished_at IS NULL AND NOT backfill.is_old AND progress.done < progress.parts)
            -- The last one stores what all launches refer to.
            OR (progress.done = progress.parts AND run.id IN (SELECT own.run_id FROM part AS own))
        )
        AND held.locktype = 'advisory'
        AND held.granted
        AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND held.classid = $2::BIGINT::OID
),
newest AS (
    SELECT (sum(part.fetched) / nullif(extract(EPOCH FROM sum(part.finished_at - part.claimed_at)), 0))::FLOAT8 AS per_second
    FROM part
    CROSS JOIN at_work
    WHERE part.finished_at > part.claimed_at
        AND part.fetched IS NOT NULL
        AND part.newest <= greatest(8, 2 * at_work.parts)
)
SELECT
    backfill.id,
    source.url,
    backfill.since,
    backfill.started_at,
    CASE WHEN progress.done = progress.parts THEN progress.last_done_at ELSE backfill.finished_at END AS finished_at,
    backfill.is_old,
    progress.parts,
    progress.done,
    at_work.workers,
    coalesce(backfill.announced, -1) AS announced,
    progress.fetched,
    coalesce(
        CASE
            WHEN progress.done = progress.parts THEN progress.fetched / nullif(progress.seconds, 0)
            ELSE newest.per_second * at_work.parts
        END, 0) AS per_second
FROM backfill
INNER JOIN ingestion_sources AS source ON source.id = backfill.source_id
CROSS JOIN progress
CROSS JOIN at_work
CROSS JOIN newest
