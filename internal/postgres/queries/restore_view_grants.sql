-- Grants on the new launch_aggregates_view what note_view_grants.sql has noted.
DO $$
BEGIN
    EXECUTE current_setting('liftoff.view_grants');
END
$$
