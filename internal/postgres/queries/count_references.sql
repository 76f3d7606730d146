-- The rows of the tables whose numbers reference_checks notes. No document is
-- read: typed_launches has a row for each launch.
SELECT
    (SELECT count(*) FROM typed_launches) AS launches,
    (SELECT count(*) FROM launch_revisions) AS revisions,
    (SELECT count(*) FROM raw_payloads) AS payloads,
    (SELECT count(*) FROM raw_rockets) AS rockets,
    (SELECT count(*) FROM raw_launchpads) AS launchpads
