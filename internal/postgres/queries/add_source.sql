-- Checks for the source first, because a conflict uses up an id too, and there
-- are only 32,767 of them.
INSERT INTO ingestion_sources (url)
SELECT $1::TEXT
WHERE NOT EXISTS (SELECT FROM ingestion_sources WHERE url = $1)
ON CONFLICT (url) DO NOTHING -- another process was faster
