-- Put after launches that have gone the whole way.

-- What the API has not sent yet but the table may hold.
INSERT INTO raw_launches VALUES
    ('odd01', NULL, NULL, NULL, NULL),
    ('odd02', NULL, NULL, NULL, '{}'),
    ('odd03', '2026-11-03 00:00:00', -2147483648, -2147483648, '[]'),
    ('odd04', '2026-11-03 00:00:00.000001', 1, 0, '{"name": null, "date_utc": null, "success": null, "upcoming": null, "payloads": null}'),
    ('odd05', '1999-12-31 23:59:59.999999', 1999, 14, '{"name": "Ünïcödé 発射 🚀 O''Brien; -- \"", "date_utc": "1969-12-31T23:59:59.999Z", "date_precision": "hour", "success": true, "upcoming": false, "payloads": []}'),
    ('odd06', '2026-11-03', 2147483647, 2147483647, '{"name": "  spaces  ", "date_utc": "9999-12-31T23:59:59.000Z", "date_precision": "day", "success": false, "upcoming": false, "rocket": " ", "launchpad": ""}'),
    ('odd07', '2026-11-03', -1, 120, '{"name": "", "date_utc": "2022-02-30T00:00:00.000Z", "success": "yes", "upcoming": "no", "rocket": {"id": "5e9d0d95eda69955f709d1eb"}, "launchpad": {"id": "5e9e4502f509094188566f88"}}'),
    ('odd08', '2026-11-03', 2000, 119, '{"name": "line\nbreak\ttab", "date_utc": "2008-02-29T12:00:00.5Z", "date_precision": "day", "success": true, "upcoming": false, "rocket": "Z-rocket", "launchpad": "a-pad", "payloads": [1, 2]}'),
    ('odd09', '2026-11-03', 2000, 1, '{"name": "same moment", "date_utc": "2008-02-29T12:00:00.500Z", "date_precision": "day", "success": null, "upcoming": false, "rocket": "a-rocket", "launchpad": "Z-pad"}'),
    ('odd10', '2026-11-03', 12000, 60, '{"name": "no outcome yet", "date_utc": "2030-01-01T00:00:00.000Z", "date_precision": "quarter", "success": true, "upcoming": true, "rocket": "é-rocket", "launchpad": "_pad"}'),
    ('odd11', '2026-11-03', 8000, 5, '{"name": "a payload twice", "date_utc": "2031-01-01T00:00:00.000Z", "upcoming": true, "payloads": ["odd-1", {"id": "odd-1"}, "odd-2"]}'),
    ('odd12', '2026-11-03', 0, 5, '{"name": "first", "date_utc": "2031-01-02T00:00:00.000Z", "date_precision": "hour", "upcoming": true}');
INSERT INTO raw_payloads (id, fetched_at_timestamp, raw_data) VALUES
    ('odd-1', '2026-11-03', '{"mass_kg": 1000}'), ('odd-2', '2026-11-03', '{"mass_kg": 1}');
INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data) VALUES
    ('odd12', 2, '', '2026-11-04', '{"name": "second", "date_utc": "2031-02-01T00:00:00.000Z", "date_precision": "month", "upcoming": true}'),
    ('odd12', 10, '', '2026-11-05', '{"name": "newest", "date_utc": "2031-01-03T00:00:30.000Z", "date_precision": "hour", "upcoming": true}');

-- Launches that are missing: some that flew, one that was revised, one without a
-- document.
UPDATE known_launches SET missing_since = '2026-11-06 07:08:09.5'
WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM known_launches) AS placed WHERE place % 60 = 7);
INSERT INTO known_launches (id, source_id, newest_sha256, missing_since) VALUES
    ('odd01', 1, '', '2026-11-07'), ('odd10', 1, '', '2026-11-07'), ('odd12', 1, '', '2026-11-07'), ('odd05', 1, '', NULL);

-- A payload for each that is listed, one in seven of unknown mass, and names
-- that sort and print oddly or are missing.
INSERT INTO raw_payloads (id, fetched_at_timestamp, raw_data)
    SELECT DISTINCT payload.id, TIMESTAMP '2026-11-03',
        jsonb_build_object('mass_kg', nullif(abs(hashtext(payload.id)) % 7, 0) * 700.3)
    FROM launches_from_documents
    INNER JOIN raw_launches USING (id)
    CROSS JOIN jsonb_array_elements_text(CASE WHEN payload_count > 0 THEN raw_data -> 'payloads' ELSE '[]' END) AS payload (id)
    ON CONFLICT (id) DO NOTHING;
INSERT INTO raw_rockets (id, fetched_at_timestamp, raw_data) VALUES
    ('5e9d0d95eda69973a809d1ec', '2026-11-03', '{"name": "Falcon 9"}'), ('a-rocket', '2026-11-03', '{"name": "Ünïcödé 🚀"}'),
    ('Z-rocket', '2026-11-03', '{"name": null}'), (' ', '2026-11-03', '{"name": ""}')
    ON CONFLICT (id) DO NOTHING;
INSERT INTO raw_launchpads (id, fetched_at_timestamp, raw_data) VALUES
    ('5e9e4501f509094ba4566f84', '2026-11-03', '{"name": "CCSFS SLC 40"}'), ('', '2026-11-03', '{"name": "no id"}'),
    ('flown from by nobody', '2026-11-03', '{"name": "Starbase"}')
    ON CONFLICT (id) DO NOTHING;

-- Dates put off, or brought forward, of what was dated to the hour.
INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data)
    SELECT id, 2, '', TIMESTAMP '2026-11-04', raw_data || jsonb_build_object('date_utc',
        to_char(launched_at + (flight_number % 9 - 2) * INTERVAL '25 minutes', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    FROM launches_from_documents
    INNER JOIN raw_launches USING (id)
    WHERE date_precision = 'hour' AND flight_number % 4 = 0;
