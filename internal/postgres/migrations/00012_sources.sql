-- +goose Up

-- list_launches is not needed any more: a list tag counts while every known
-- launch is in raw_launches, whichever source it came from.
ALTER TABLE ingestion_sources
    DROP COLUMN list_launches,
    ADD COLUMN most_launches BIGINT,
    ADD COLUMN missing_checked_at TIMESTAMP;

COMMENT ON COLUMN ingestion_sources.most_launches IS
    'The most launches that a good run for all of them fetched, since the user last accepted that the source has shrunk: what the shrink guard compares with.';
COMMENT ON COLUMN ingestion_sources.missing_checked_at IS
    'When (UTC) the last run began that looked for launches that the source no longer has, or that found the list unchanged since such a run; NULL before the first.';

ALTER TABLE ingestion_backfills
    ADD COLUMN announced BIGINT,
    ADD COLUMN accepts_shrink BOOLEAN NOT NULL DEFAULT FALSE;

COMMENT ON COLUMN ingestion_backfills.announced IS 'How many launches the source said there are when the backfill began.';
COMMENT ON COLUMN ingestion_backfills.accepts_shrink IS 'Whether the user accepted that the source may have shrunk.';

-- Which launch a record in quarantine is of, so that the next --new asks for it, and
-- what a retry needs to leave out a record that is not the newest state.
ALTER TABLE quarantined_records
    ADD COLUMN launch_id TEXT,
    ADD COLUMN last_seen_at TIMESTAMP,
    ADD COLUMN superseded_at TIMESTAMP;

UPDATE quarantined_records SET last_seen_at = first_seen_at;

ALTER TABLE quarantined_records ALTER COLUMN last_seen_at SET NOT NULL;

CREATE INDEX quarantined_records_launch ON quarantined_records (launch_id) WHERE resolved_at IS NULL;

COMMENT ON COLUMN quarantined_records.launch_id IS 'The id of the launch; NULL if it cannot be told, or if an earlier version kept the record.';
COMMENT ON COLUMN quarantined_records.last_seen_at IS 'When (UTC) a run last received these bytes.';
COMMENT ON COLUMN quarantined_records.superseded_at IS
    'When (UTC) a run received the launch in another state, which is stored; NULL if none has since these bytes last came.';

-- A host and its port as a run writes them: in lower case, without a dot at the end
-- of the host, zeros before the port and the scheme's own port; an IP address in its
-- shortest form.
-- +goose StatementBegin
CREATE FUNCTION liftoff_normal_place(scheme TEXT, place TEXT)
RETURNS TEXT
LANGUAGE plpgsql
AS $$
DECLARE
    host TEXT := regexp_replace(lower(place), ':[0-9]*$', '');
    port TEXT := substring(place FROM ':0*([0-9]*)$');
    address INET;
BEGIN
    IF length(host) > 1 THEN
        host := regexp_replace(host, '[.]$', '');
    END IF;
    IF host LIKE '[%]' THEN
        BEGIN
            address := trim(host, '[]')::INET;
            host := CASE
                -- An IPv4 address that is written as one of IPv6.
                WHEN address <<= '::ffff:0:0/96' THEN host('0.0.0.0'::INET + (address - '::ffff:0:0'::INET))
                -- PostgreSQL writes the end of such an address as one of IPv4.
                WHEN host(address) LIKE '::%.%' THEN format('[::%s:%s]', to_hex((address - '::'::INET) >> 16), to_hex((address - '::'::INET) & 65535))
                ELSE '[' || host(address) || ']'
            END;
        EXCEPTION WHEN invalid_text_representation THEN
            NULL; -- an address with a zone is not changed
        END;
    END IF;
    IF port IN ('', CASE scheme WHEN 'http' THEN '80' ELSE '443' END) THEN
        port := NULL;
    END IF;
    RETURN concat_ws(':', host, port);
END;
$$;
-- +goose StatementEnd

-- One API is one source, however its address was written: HTTP:// or http://, a
-- host in capitals, the scheme's own port, slashes at the end. The row that was
-- there first stays.
CREATE TABLE ingestion_source_addresses AS
WITH parts AS (
    SELECT
        id,
        url,
        regexp_match(url, '^(https?)://([^/]+)(/.*)?$', 'i') AS part
    FROM ingestion_sources
),
normal AS (
    SELECT
        id,
        CASE
            WHEN part IS NULL THEN url -- not an address, such as the demo's
            ELSE
                lower(part[1]) || '://'
                || liftoff_normal_place(lower(part[1]), part[2])
                || rtrim(regexp_replace(coalesce(part[3], ''), '/+', '/', 'g'), '/')
        END AS url
    FROM parts
)
SELECT
    id,
    url,
    min(id) OVER (PARTITION BY url) AS kept_id
FROM normal;

UPDATE ingestion_runs AS run
SET source_id = address.kept_id
FROM ingestion_source_addresses AS address
WHERE run.source_id = address.id AND address.id <> address.kept_id;

UPDATE ingestion_missed_ranges AS gap
SET source_id = address.kept_id
FROM ingestion_source_addresses AS address
WHERE gap.source_id = address.id AND address.id <> address.kept_id;

-- A source has one unfinished backfill at most; the next worker begins one anew.
UPDATE ingestion_backfills AS backfill
SET
    source_id = address.kept_id,
    finished_at = coalesce(backfill.finished_at, timezone('UTC', now()))
FROM ingestion_source_addresses AS address
WHERE backfill.source_id = address.id AND address.id <> address.kept_id;

UPDATE known_launches AS known
SET source_id = address.kept_id
FROM ingestion_source_addresses AS address
WHERE known.source_id = address.id AND address.id <> address.kept_id;

-- The newest watermark counts, with the tag that belongs to it.
UPDATE ingestion_sources AS source
SET
    watermark = newest.watermark,
    list_tag = newest.list_tag,
    newest_launch_id = (
        SELECT known.id
        FROM known_launches AS known
        WHERE known.source_id = source.id
        ORDER BY known.id DESC
        LIMIT 1
    )
FROM (
    SELECT DISTINCT ON (address.kept_id)
        address.kept_id,
        merged.watermark,
        merged.list_tag
    FROM ingestion_source_addresses AS address
    INNER JOIN ingestion_sources AS merged ON merged.id = address.id
    WHERE address.kept_id IN (SELECT kept_id FROM ingestion_source_addresses WHERE id <> kept_id)
    ORDER BY
        address.kept_id,
        merged.watermark DESC NULLS LAST
) AS newest
WHERE source.id = newest.kept_id;

DELETE FROM ingestion_sources
WHERE id IN (SELECT id FROM ingestion_source_addresses WHERE id <> kept_id);

UPDATE ingestion_sources AS source
SET url = address.url
FROM ingestion_source_addresses AS address
WHERE address.id = source.id AND address.url <> source.url;

DROP TABLE ingestion_source_addresses;
DROP FUNCTION liftoff_normal_place(TEXT, TEXT);

-- So that an address that is changed by hand is found again.
ALTER TABLE ingestion_sources ADD CONSTRAINT an_address_is_in_its_normal_form CHECK (
    url !~* '^https?://'
    OR (
        url ~ '^https?://[^/A-Z]+(/.*[^/])?$'
        AND url !~ '^http://[^/]*:80(/|$)'
        AND url !~ '^https://[^/]*:443(/|$)'
        AND url !~ '[^:]//'
        AND url !~ '^https?://([^/:[]+|[[][^]]*[]]):0' -- a zero before the port
        AND url !~ '^https?://[^/:[]+[.](:|/|$)' -- a dot after the host
        AND url !~ '^https?://[[]::ffff:' -- an IPv4 address written as one of IPv6
    )
);

-- A good run that fetched less than 90 % of the one before was accepted by the
-- user, or there was no guard yet.
WITH good AS (
    SELECT
        id,
        source_id,
        fetched,
        lag(fetched) OVER (PARTITION BY source_id ORDER BY id) AS fetched_before
    FROM ingestion_runs
    WHERE selection = 'all' AND status = 'succeeded'
),
accepted AS (
    SELECT
        source_id,
        max(id) AS id
    FROM good
    WHERE fetched * 100 < fetched_before * 90
    GROUP BY source_id
)
UPDATE ingestion_sources AS source
SET most_launches = best.fetched
FROM (
    SELECT
        good.source_id,
        max(good.fetched) AS fetched
    FROM good
    LEFT JOIN accepted ON accepted.source_id = good.source_id
    WHERE good.id >= coalesce(accepted.id, 0)
    GROUP BY good.source_id
) AS best
WHERE best.source_id = source.id;

UPDATE ingestion_sources AS source
SET missing_checked_at = (
    SELECT max(run.started_at)
    FROM ingestion_runs AS run
    WHERE run.source_id = source.id
        AND run.selection = 'all'
        AND run.status = 'succeeded'
        AND run.quarantined = 0
);

-- +goose Down
DROP INDEX quarantined_records_launch;
ALTER TABLE quarantined_records
    DROP COLUMN superseded_at,
    DROP COLUMN last_seen_at,
    DROP COLUMN launch_id;
ALTER TABLE ingestion_backfills
    DROP COLUMN accepts_shrink,
    DROP COLUMN announced;
ALTER TABLE ingestion_sources
    DROP CONSTRAINT an_address_is_in_its_normal_form,
    DROP COLUMN missing_checked_at,
    DROP COLUMN most_launches,
    ADD COLUMN list_launches BIGINT;
UPDATE ingestion_sources AS source
SET list_launches = (SELECT count(*) FROM known_launches AS known WHERE known.source_id = source.id);
