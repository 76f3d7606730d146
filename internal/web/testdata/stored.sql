-- What is stored beside the odd launches of launchtest. The clock of the database stands.
CREATE OR REPLACE FUNCTION liftoff_now() RETURNS TIMESTAMP LANGUAGE SQL STABLE AS $$ SELECT TIMESTAMP '2026-11-10 12:00:00' $$;

-- A launch that would take over a page that trusts it.
INSERT INTO raw_launches VALUES (
    'hostile<script>"''', '2026-11-04 10:00:00', 4000, 30,
    jsonb_build_object(
        'id', 'hostile<script>"''',
        'name', '<script>alert(1)</script>' || U&'\202E' || 'gnp.exe' || chr(7) || repeat('W', 10240),
        'date_utc', '2029-05-01T10:00:00.000Z', 'date_precision', 'hour', 'upcoming', false, 'success', true,
        'rocket', '"><img src=x onerror=alert(1)>', 'launchpad', 'javascript:alert(1)', 'details', '<b onmouseover="alert(1)">' || repeat('long ', 1000),
        'payloads', jsonb_build_array('"><svg onload=alert(1)>'),
        'links', jsonb_build_object(
            'webcast', 'javascript:alert(document.domain)', 'article', 'https://example.com/?a="onload=alert(1)', 'wikipedia', 'data:text/html,<script>alert(1)</script>',
            'patch', jsonb_build_object('small', 'https://images.example.com/patch.png', 'large', NULL), 'reddit', jsonb_build_object('" style="x', 'http://user@reddit.example.com/r/x'),
            'youtube_id', 'dQw4w9WgXcQ', 'flickr', jsonb_build_object('original', jsonb_build_array('https://live.example.com/1.jpg'))
        )
    )
);
INSERT INTO known_launches (id, source_id, newest_sha256) VALUES ('hostile<script>"''', 1, '');
INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data)
    SELECT id, 2, '', '2026-11-05 11:00:00', raw_data || '{"date_utc": "2029-05-06T10:01:00.000Z", "</td><script>": "<script>alert(2)</script>"}' FROM raw_launches WHERE id LIKE 'hostile%';
INSERT INTO raw_payloads (id, fetched_at_timestamp, raw_data) VALUES ('"><svg onload=alert(1)>', '2026-11-04', '{"name": "<script>alert(3)</script>", "type": "<i>", "orbit": "<u>", "mass_kg": 12.5}')
    ON CONFLICT (id) DO UPDATE SET raw_data = EXCLUDED.raw_data;

-- What the first run took differs each time.
UPDATE ingestion_runs SET requests = 1, retries = 0, fetch_ms = 210, decode_ms = 12, store_ms = 340, references_ms = 0, view_ms = 21, peak_memory_bytes = 41943040;
INSERT INTO ingestion_runs (source_id, selection, command, program_version, started_at, finished_at, status, pages, announced, fetched, inserted, revised, unchanged, quarantined, missing, bytes, error, schedule, due_at)
VALUES
    (1, 'new', 'liftoff worker', '1.2.3', '2026-11-08 11:07:01', '2026-11-08 11:07:03.4', 'succeeded', 1, 314, 314, 1, 2, 309, 2, 3, 987654, NULL, 'hourly', '2026-11-08 11:07:00'),
    (1, 'all', 'liftoff ingest --all --base-url "<script>"', '1.2.3', '2026-11-09 08:00:00', '2026-11-09 08:02:10', 'partial', 9, 1000, 900, 0, 0, 900, 0, 0, 1234567, 'one range could not be fetched: the source answered 500 <b>Internal Server Error</b>', NULL, NULL),
    (1, 'latest', 'liftoff ingest', '1.2.3', '2026-11-10 11:58:00', NULL, 'running', 0, NULL, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL);
INSERT INTO ingestion_missed_ranges (source_id, run_id, after_id, before_id)
    SELECT 1, id, 'abc<i>', NULL FROM ingestion_runs WHERE status = 'partial';

INSERT INTO quarantined_records (run_id, first_seen_at, last_seen_at, source_url, reason, detail, body, body_sha256, body_length, launch_id)
    SELECT id, '2026-11-08 11:07:02', '2026-11-08 11:07:02', 'https://api.example.com/v4/launches', 'invalid_payloads', 'payloads is not a list but <script>', convert_to(E'{\n\t"id": "q1", "payloads": "<script>alert(4)</script>" }', 'UTF8'), '\x01', 56, 'q1'
    FROM ingestion_runs WHERE schedule = 'hourly';
INSERT INTO quarantined_records (run_id, first_seen_at, last_seen_at, source_url, reason, detail, body, body_sha256, body_length, launch_id)
    VALUES (NULL, '2026-11-08 11:07:02', '2026-11-08 11:07:02', 'https://api.example.com/v4/launches', 'invalid_json', 'invalid UTF-8 at byte 3', '\x7b22ff00e280ae7d', '\x02', 3000000, NULL);
INSERT INTO quarantined_records (run_id, first_seen_at, last_seen_at, source_url, reason, detail, body, body_sha256, body_length, launch_id, retries, resolved_at, resolved_run_id)
    SELECT id, '2026-11-08 11:07:02', '2026-11-08 11:07:02', 'https://api.example.com/v4/launches', 'off_contract', 'upcoming is missing', '{}', '\x03', 2, 'q3', 2, '2026-11-09 09:00:00', id
    FROM ingestion_runs WHERE schedule = 'hourly';

INSERT INTO ingestion_schedules (name, source_id, selection, every_seconds, cron, time_zone, next_due_at, retry_at, failures, missed, paused, note) VALUES
    ('hourly', 1, 'new', NULL, '7 * * * *', 'Europe/Berlin', '2026-11-10 12:07:00', NULL, 0, 4, FALSE, NULL),
    ('nightly', 1, 'all', 86400, NULL, 'UTC', '2026-11-10 02:00:00', '2026-11-10 12:15:00', 3, 0, FALSE, 'the source answered <b>500</b>'),
    ('overdue', 1, 'latest', 900, NULL, 'UTC', '2026-11-10 09:00:00', NULL, 0, 1, FALSE, NULL),
    ('paused', 1, 'upcoming', 900, NULL, 'UTC', '2026-11-01 00:00:00', NULL, 0, 0, TRUE, NULL);
