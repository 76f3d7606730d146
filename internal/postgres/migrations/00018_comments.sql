-- +goose Up

-- What every table, view and column is, for tools that show comments, and for
-- docs/data-dictionary.md, which is made of them. launch_aggregates_view gets its
-- comments where it is made. One statement for all, which is one round trip.
-- +goose StatementBegin
COMMENT ON TABLE liftoff_schema_version IS 'The versions of the schema that were applied, kept by liftoff migrate. Do not change it.';
COMMENT ON COLUMN liftoff_schema_version.id IS 'Number of the row.';
COMMENT ON COLUMN liftoff_schema_version.version_id IS 'Number of the version; 0 is the empty schema.';
COMMENT ON COLUMN liftoff_schema_version.is_applied IS 'Whether the version was applied.';
COMMENT ON COLUMN liftoff_schema_version.tstamp IS 'When the version was applied, in the time zone of the session that applied it, which is UTC for liftoff.';

COMMENT ON TABLE launch_revisions IS 'Revisions 2, 3, … of launches: each document that differed in content from the one before. Revision 1 is the row in raw_launches.';
COMMENT ON COLUMN launch_revisions.launch_id IS 'Id of the launch in the API: raw_launches.id.';
COMMENT ON COLUMN launch_revisions.revision IS 'Number of the revision, from 2 on.';
COMMENT ON COLUMN launch_revisions.content_sha256 IS 'SHA-256 of the document as JSONB writes it.';
COMMENT ON COLUMN launch_revisions.first_seen_at IS 'When (UTC) the revision was first received.';
COMMENT ON COLUMN launch_revisions.run_id IS 'The run that received it: ingestion_runs.id. NULL if that is not known.';
COMMENT ON COLUMN launch_revisions.raw_data IS 'The document from the API.';
COMMENT ON COLUMN launch_revisions.is_successful IS 'Whether "success" is true in the document; false also while the outcome is not known.';

COMMENT ON TABLE known_launches IS 'What is known of each launch besides its documents: one row for each launch that a run has received.';
COMMENT ON COLUMN known_launches.id IS 'Id of the launch in the API: raw_launches.id.';
COMMENT ON COLUMN known_launches.source_id IS 'The API that sent it last: ingestion_sources.id.';
COMMENT ON COLUMN known_launches.newest_sha256 IS 'SHA-256 of the bytes of the newest document as received; empty if it has to be compared.';
COMMENT ON COLUMN known_launches.missing_since IS 'Since when (UTC) the source no longer has the launch; NULL while it has it.';
COMMENT ON COLUMN known_launches.newest_revision IS 'Number of the newest revision: 1 is the row in raw_launches, others are in launch_revisions.';
COMMENT ON COLUMN known_launches.first_row_hash IS 'hash_record_extended of the four values in raw_launches besides the id, as they were stored; NULL if there was no row.';

COMMENT ON TABLE raw_payloads IS 'Payloads that launches refer to, in their newest form.';
COMMENT ON COLUMN raw_payloads.id IS 'Id of the payload in the API.';
COMMENT ON COLUMN raw_payloads.fetched_at_timestamp IS 'When (UTC) this form was fetched.';
COMMENT ON COLUMN raw_payloads.raw_data IS 'The document from the API.';
COMMENT ON COLUMN raw_payloads.mass_kg IS 'Real mass in kg; NULL if the API does not state one from 0 to 10,000,000 kg.';
COMMENT ON TABLE raw_rockets IS 'Rockets that launches refer to, in their newest form.';
COMMENT ON COLUMN raw_rockets.id IS 'Id of the rocket in the API.';
COMMENT ON COLUMN raw_rockets.fetched_at_timestamp IS 'When (UTC) this form was fetched.';
COMMENT ON COLUMN raw_rockets.raw_data IS 'The document from the API.';
COMMENT ON TABLE raw_launchpads IS 'Launchpads that launches refer to, in their newest form.';
COMMENT ON COLUMN raw_launchpads.id IS 'Id of the launchpad in the API.';
COMMENT ON COLUMN raw_launchpads.fetched_at_timestamp IS 'When (UTC) this form was fetched.';
COMMENT ON COLUMN raw_launchpads.raw_data IS 'The document from the API.';

COMMENT ON VIEW payloads IS 'The payloads of raw_payloads as plain columns.';
COMMENT ON COLUMN payloads.id IS 'Id of the payload in the API: raw_payloads.id.';
COMMENT ON COLUMN payloads.name IS 'Name; NULL if the API has none.';
COMMENT ON COLUMN payloads.type IS 'Kind of payload, such as Satellite; NULL if the API has none.';
COMMENT ON COLUMN payloads.mass_kg IS 'Real mass in kg; NULL if it is not known. A payload may be a whole batch of satellites.';
COMMENT ON COLUMN payloads.orbit IS 'Orbit, such as LEO; NULL if the API has none.';
COMMENT ON COLUMN payloads.regime IS 'Class of the orbit, such as low-earth; NULL if the API has none.';
COMMENT ON COLUMN payloads.fetched_at_timestamp IS 'When (UTC) this form was fetched.';
COMMENT ON VIEW rockets IS 'The rockets of raw_rockets as plain columns.';
COMMENT ON COLUMN rockets.id IS 'Id of the rocket in the API: raw_rockets.id.';
COMMENT ON COLUMN rockets.name IS 'Name, such as Falcon 9; NULL if the API has none.';
COMMENT ON COLUMN rockets.type IS 'Type as the API has it, "rocket" for all; NULL if the API has none.';
COMMENT ON COLUMN rockets.fetched_at_timestamp IS 'When (UTC) this form was fetched.';
COMMENT ON VIEW launchpads IS 'The launchpads of raw_launchpads as plain columns.';
COMMENT ON COLUMN launchpads.id IS 'Id of the launchpad in the API: raw_launchpads.id.';
COMMENT ON COLUMN launchpads.name IS 'Short name, such as KSC LC 39A; NULL if the API has none.';
COMMENT ON COLUMN launchpads.full_name IS 'Full name; NULL if the API has none.';
COMMENT ON COLUMN launchpads.region IS 'Region, such as Florida; NULL if the API has none.';
COMMENT ON COLUMN launchpads.fetched_at_timestamp IS 'When (UTC) this form was fetched.';

COMMENT ON VIEW launches IS 'All launches in their newest revision, as plain columns: start here. Leave launches that the API no longer has out of counts with WHERE missing_since IS NULL.';
COMMENT ON COLUMN launches.id IS 'Id of the launch in the API: raw_launches.id.';
COMMENT ON COLUMN launches.name IS 'Name of the mission; NULL if the document has none.';
COMMENT ON COLUMN launches.flight_number IS 'Flight number in the API: it has duplicates and gaps, so it is no key. NULL if the document has none.';
COMMENT ON COLUMN launches.launched_at IS 'Date of the launch (UTC), the planned one if it has not flown; as precise as date_precision says. NULL if it is not known.';
COMMENT ON COLUMN launches.date_precision IS 'How precise launched_at is: half (of a year), quarter, year, month, day or hour. NULL if the document does not say.';
COMMENT ON COLUMN launches.upcoming IS 'Whether the launch has not flown yet, as the API says; NULL if it does not say.';
COMMENT ON COLUMN launches.success IS 'Whether the launch succeeded; NULL until the outcome is known.';
COMMENT ON COLUMN launches.rocket_id IS 'Id of the rocket: rockets.id. NULL if the document names none.';
COMMENT ON COLUMN launches.launchpad_id IS 'Id of the launchpad: launchpads.id. NULL if the document names none.';
COMMENT ON COLUMN launches.payload_count IS 'How many payloads the launch lists; 0 if it lists none.';
COMMENT ON COLUMN launches.payload_mass_kg IS 'Real mass of all payloads in kg, summed; NULL if one of them is not known or there is no payload.';
COMMENT ON COLUMN launches.simulated_total_payload_mass_kg IS 'SIMULATED, not real: total payload mass in kg, 2,000 to 6,000 for each payload. NULL only in rows of another program.';
COMMENT ON COLUMN launches.simulated_delay_minutes IS 'SIMULATED, not real: delay of the launch in minutes, 0 to 120. NULL only in rows of another program.';
COMMENT ON COLUMN launches.slip_minutes IS 'Minutes from the first date that was known to the hour to the newest one, negative for earlier; NULL if there are not two such dates.';
COMMENT ON COLUMN launches.slip_days IS 'Days from the first date known to the day or hour to the newest one, or from the first known to the month; negative for earlier; NULL if there are not two of a kind.';
COMMENT ON COLUMN launches.fetched_at_timestamp IS 'When (UTC) the launch was first fetched; NULL only in rows of another program.';
COMMENT ON COLUMN launches.missing_since IS 'Since when (UTC) the source no longer has the launch; NULL while it has it. Counts leave such launches out.';
COMMENT ON COLUMN launches.revised_at IS 'When (UTC) the newest revision was first received: a cursor for copies that follow changes. NULL only in rows of another program.';
COMMENT ON TABLE typed_launches IS 'What the view launches shows, kept by liftoff: query the view. Put right by liftoff migrate rebuild if somebody has changed it.';
COMMENT ON COLUMN typed_launches.payload_ids IS 'Ids of the payloads that the launch lists, each once: payloads.id. A NULL in the list stands for those without an id.';
COMMENT ON COLUMN typed_launches.revisions IS 'How many rows launch_revisions has of the launch.';
COMMENT ON VIEW launches_from_documents IS 'What the rows of typed_launches should be. It opens every document, which is slow: query the view launches.';
COMMENT ON COLUMN launches_from_documents.payload_ids IS 'Ids of the payloads that the launch lists, each once: payloads.id. A NULL in the list stands for those without an id.';
COMMENT ON COLUMN launches_from_documents.revisions IS 'How many rows launch_revisions has of the launch.';
COMMENT ON COLUMN typed_transactions.transaction_id IS 'Number of the transaction.';
COMMENT ON COLUMN typed_transactions.written IS 'How many rows it inserted, updated and deleted, for each table that typed_launches follows from; NULL if that is not known.';
COMMENT ON COLUMN typed_checks.is_only_row IS 'Always true: the table has one row.';
COMMENT ON COLUMN typed_checks.system_identifier IS 'The server that the numbers of transactions belong to.';
COMMENT ON COLUMN typed_checks.oldest_unchecked IS 'All transactions with a smaller number have been looked at.';
COMMENT ON COLUMN typed_checks.counters IS 'Which counters of the server the numbers are from; NULL if the next run has to look at the tables.';
COMMENT ON COLUMN typed_checks.counted IS 'The numbers of the server''s counters at the last check; NULL if the next run has to look at the tables.';
COMMENT ON COLUMN typed_checks.counted_before IS 'Transactions from this number on are not in the numbers; NULL if the next run has to look at the tables.';

COMMENT ON TABLE ingestion_sources IS 'The APIs that launches came from, and how far the incremental runs have come.';
COMMENT ON COLUMN ingestion_sources.id IS 'Number of the source.';
COMMENT ON COLUMN ingestion_sources.url IS 'Address of the API in its normal form.';
COMMENT ON COLUMN ingestion_sources.watermark IS 'When (UTC) the last run began that saw all that was new; NULL before the first.';
COMMENT ON COLUMN ingestion_sources.newest_launch_id IS 'Largest launch id known after that run; NULL before the first.';
COMMENT ON COLUMN ingestion_sources.list_tag IS 'Tag (ETag) of the API''s list of all launches as of that run; NULL if there is none.';
COMMENT ON COLUMN ingestion_sources.most_launches IS 'The most launches that a good run for all of them fetched, since the user last accepted that the source has shrunk: what the shrink guard compares with. NULL before the first.';
COMMENT ON TABLE ingestion_runs IS 'The ledger: one row for each ingestion run. fetched = inserted + unchanged + revised + quarantined.';
COMMENT ON COLUMN ingestion_runs.id IS 'Number of the run; later runs have larger ones.';
COMMENT ON COLUMN ingestion_runs.source_id IS 'The API: ingestion_sources.id.';
COMMENT ON COLUMN ingestion_runs.selection IS 'Which launches were asked for: latest, all, since, new, ids, upcoming, backfill or quarantine.';
COMMENT ON COLUMN ingestion_runs.command IS 'The command that started the run, without secrets.';
COMMENT ON COLUMN ingestion_runs.program_version IS 'Version of the program.';
COMMENT ON COLUMN ingestion_runs.started_at IS 'When (UTC) the run began.';
COMMENT ON COLUMN ingestion_runs.finished_at IS 'When (UTC) the run ended; NULL while it is running.';
COMMENT ON COLUMN ingestion_runs.status IS 'running, succeeded, partial, failed, interrupted or crashed.';
COMMENT ON COLUMN ingestion_runs.pages IS 'Answers received that had launches.';
COMMENT ON COLUMN ingestion_runs.announced IS 'How many launches the source said there are; NULL if it did not say.';
COMMENT ON COLUMN ingestion_runs.fetched IS 'Records received.';
COMMENT ON COLUMN ingestion_runs.inserted IS 'Launches that were new.';
COMMENT ON COLUMN ingestion_runs.unchanged IS 'Launches that the database had already with the same content.';
COMMENT ON COLUMN ingestion_runs.revised IS 'Launches whose content had changed.';
COMMENT ON COLUMN ingestion_runs.quarantined IS 'Records that could not be stored as launches: see quarantined_records.';
COMMENT ON COLUMN ingestion_runs.missing IS 'Launches that the source no longer has, marked by this run.';
COMMENT ON COLUMN ingestion_runs.bytes IS 'Size of the records in bytes.';
COMMENT ON COLUMN ingestion_runs.error IS 'The one line that the user saw; NULL if the run ended without an error.';
COMMENT ON TABLE ingestion_missed_ranges IS 'Gaps: launches that a run could not fetch and no later run has fetched since. They are those with an id between the two, both excluded.';
COMMENT ON COLUMN ingestion_missed_ranges.id IS 'Number of the gap.';
COMMENT ON COLUMN ingestion_missed_ranges.source_id IS 'The API: ingestion_sources.id.';
COMMENT ON COLUMN ingestion_missed_ranges.run_id IS 'The run that left the gap: ingestion_runs.id.';
COMMENT ON COLUMN ingestion_missed_ranges.after_id IS 'The launch id before the gap; empty for the very beginning.';
COMMENT ON COLUMN ingestion_missed_ranges.before_id IS 'The launch id after the gap; NULL for the end.';
COMMENT ON TABLE ingestion_backfills IS 'Readings of a whole source that several workers share; one at a time for each source.';
COMMENT ON COLUMN ingestion_backfills.id IS 'Number of the backfill.';
COMMENT ON COLUMN ingestion_backfills.source_id IS 'The API: ingestion_sources.id.';
COMMENT ON COLUMN ingestion_backfills.started_at IS 'When (UTC) the backfill began.';
COMMENT ON COLUMN ingestion_backfills.finished_at IS 'When (UTC) it ended; NULL while it is under way.';
COMMENT ON COLUMN ingestion_backfills.announced IS 'How many launches the source said there are when the backfill began; NULL if that is not known.';
COMMENT ON TABLE ingestion_backfill_ranges IS 'The parts of a backfill: launches with an id after the first, up to and with the second.';
COMMENT ON COLUMN ingestion_backfill_ranges.backfill_id IS 'The backfill: ingestion_backfills.id.';
COMMENT ON COLUMN ingestion_backfill_ranges.number IS 'Number of the part within its backfill.';
COMMENT ON COLUMN ingestion_backfill_ranges.after_id IS 'The launch id before the part; empty for the very beginning.';
COMMENT ON COLUMN ingestion_backfill_ranges.up_to_id IS 'The last launch id of the part; empty for the end.';
COMMENT ON COLUMN ingestion_backfill_ranges.run_id IS 'The run that has claimed the part: ingestion_runs.id. NULL if none has.';
COMMENT ON COLUMN ingestion_backfill_ranges.finished_at IS 'When (UTC) the part was done; NULL before.';

COMMENT ON TABLE quarantined_records IS 'Records that could not be stored as launches, as received; the same bytes once.';
COMMENT ON COLUMN quarantined_records.id IS 'Number of the record: liftoff quarantine show takes it.';
COMMENT ON COLUMN quarantined_records.run_id IS 'The run that received it first: ingestion_runs.id. NULL if that is not known.';
COMMENT ON COLUMN quarantined_records.first_seen_at IS 'When (UTC) it was first received.';
COMMENT ON COLUMN quarantined_records.launch_id IS 'Id of the launch: raw_launches.id. NULL if it cannot be told, or if an earlier version kept the record.';
COMMENT ON COLUMN quarantined_records.source_url IS 'The address that it came from.';
COMMENT ON COLUMN quarantined_records.reason IS 'Why it could not be stored, as one word, such as missing_id.';
COMMENT ON COLUMN quarantined_records.detail IS 'What is wrong with it, and where.';
COMMENT ON COLUMN quarantined_records.body IS 'The record byte for byte, or its beginning if it was too long.';
COMMENT ON COLUMN quarantined_records.body_sha256 IS 'SHA-256 of the whole record.';
COMMENT ON COLUMN quarantined_records.body_length IS 'Length of the whole record in bytes.';
COMMENT ON COLUMN quarantined_records.is_truncated IS 'Whether only the beginning of the record is kept.';
COMMENT ON COLUMN quarantined_records.resolved_at IS 'When (UTC) a retry put it through, or found it replaced by a newer one; NULL while it is in quarantine.';
COMMENT ON COLUMN quarantined_records.resolved_run_id IS 'The run that stored it: ingestion_runs.id. NULL if none has.';
COMMENT ON COLUMN quarantined_records.retries IS 'How often it was tried again.';
-- +goose StatementEnd

-- One text for what the view and its two origins have in common.
-- +goose StatementBegin
DO $$
DECLARE
    it RECORD;
BEGIN
    FOR it IN
        SELECT format('COMMENT ON COLUMN %s.%I IS %L', origin.relation, shown.attname, col_description(shown.attrelid, shown.attnum)) AS statement
        FROM pg_attribute AS shown
        CROSS JOIN (VALUES ('typed_launches'::REGCLASS), ('launches_from_documents'::REGCLASS)) AS origin (relation)
        WHERE shown.attrelid = 'launches'::REGCLASS AND shown.attnum > 0
    LOOP
        EXECUTE it.statement;
    END LOOP;
END
$$;
-- +goose StatementEnd

-- raw_launches may be adopted: a comment that is there already stays, and so does a
-- table of another role.
-- +goose StatementBegin
DO $$
DECLARE
    launches REGCLASS := 'raw_launches'::REGCLASS;
    it RECORD;
BEGIN
    IF NOT (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = launches) THEN
        RETURN;
    END IF;
    IF obj_description(launches, 'pg_class') IS NULL THEN
        COMMENT ON TABLE raw_launches IS 'Each launch as it was first received, written once and never changed. Later states are in launch_revisions; the view launches shows the newest.';
    END IF;
    FOR it IN
        SELECT format('COMMENT ON COLUMN %s.%I IS %L', launches, known.attname, wanted.text) AS statement
        FROM (
            VALUES
                ('id', 'Id of the launch in the API: the key.'),
                ('fetched_at_timestamp', 'When (UTC) the launch was first fetched; NULL only in rows of another program.'),
                ('simulated_total_payload_mass_kg', 'SIMULATED, not real: total payload mass in kg, 2,000 to 6,000 for each payload. NULL only in rows of another program.'),
                ('simulated_delay_minutes', 'SIMULATED, not real: delay of the launch in minutes, 0 to 120. NULL only in rows of another program.'),
                ('raw_data', 'The first document from the API, complete; NULL only in rows of another program.')
        ) AS wanted (name, text)
        INNER JOIN pg_attribute AS known ON known.attrelid = launches AND known.attname = wanted.name
        WHERE col_description(launches, known.attnum) IS NULL
    LOOP
        EXECUTE it.statement;
    END LOOP;
END
$$;
-- +goose StatementEnd

-- +goose Down
-- Comments do no harm in the version before: they stay.
SELECT 1;
