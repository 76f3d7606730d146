-- Removes all that liftoff has made in a database, WITH ALL LAUNCHES, and nothing else:
--
--     psql --dbname spacex --file sql/uninstall.sql
--
-- It removes nothing if an object of somebody else depends on one of these. The
-- extension pg_trgm and the roles of sql/roles.sql stay.

BEGIN;

DROP VIEW IF EXISTS
    launch_aggregates_view,
    launches,
    launches_from_documents,
    payloads,
    rockets,
    launchpads;

DROP TABLE IF EXISTS
    typed_checks,
    typed_transactions,
    typed_launches,
    reference_checks,
    raw_launchpads,
    raw_rockets,
    raw_payloads,
    quarantined_records,
    known_launches,
    launch_revisions,
    ingestion_schedules,
    ingestion_rates,
    ingestion_backfill_ranges,
    ingestion_backfills,
    ingestion_missed_ranges,
    ingestion_runs,
    ingestion_sources,
    raw_launches,
    liftoff_schema_version;

DROP FUNCTION IF EXISTS
    liftoff_document_as_sent,
    liftoff_normal_place,
    liftoff_now,
    liftoff_text,
    liftoff_text_length,
    liftoff_utc_timestamp;

COMMIT;
