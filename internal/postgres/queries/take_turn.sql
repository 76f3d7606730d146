-- Takes the next turn to send a request to the source $1, turns being $2 seconds apart,
-- and says how many seconds it is away. clock_timestamp, because the statement may have
-- waited for others. A moment far off means that the server's clock was set back.
INSERT INTO ingestion_rates AS rate (source_id, next_at)
SELECT
    id,
    timezone('UTC', clock_timestamp()) + make_interval(secs => $2)
FROM ingestion_sources
WHERE url = $1
ON CONFLICT (source_id) DO UPDATE
SET next_at = make_interval(secs => $2) + CASE
    WHEN rate.next_at > timezone('UTC', clock_timestamp()) + INTERVAL '10 minutes' THEN timezone('UTC', clock_timestamp())
    ELSE greatest(rate.next_at, timezone('UTC', clock_timestamp()))
END
RETURNING extract(EPOCH FROM next_at - make_interval(secs => $2) - timezone('UTC', clock_timestamp()))::FLOAT8
