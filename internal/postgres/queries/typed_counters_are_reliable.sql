-- Whether the answer of typed_counters.sql can be trusted. It cannot if the counters
-- are not kept, or if a session of somebody else, who is not one of $1, may have
-- written something that is not counted yet: that takes up to 10 seconds. Before
-- version 15 it may take for ever.
--
-- Ask this before the counters, and not in one statement: a session that ends between
-- the two has counted what it wrote only when it is gone.
--
-- The function is what the view pg_stat_activity reads, and takes less planning.
SELECT
    current_setting('track_counts')::BOOLEAN AND NOT EXISTS (
        SELECT
        FROM pg_stat_get_activity(NULL) AS other
        WHERE other.datid = (SELECT oid FROM pg_database WHERE datname = current_database())
            -- These write nothing of their own. NULL stands for what the role may not see.
            AND coalesce(other.backend_type, '') NOT IN ('autovacuum worker', 'parallel worker')
            AND other.pid <> pg_backend_pid()
            AND other.pid <> ALL($1::INTEGER[])
            AND NOT coalesce(
                other.state = 'idle'
                AND other.state_change < clock_timestamp() - INTERVAL '15 seconds'
                AND current_setting('server_version_num')::INTEGER >= 150000,
                FALSE
            )
    ) AS is_reliable
